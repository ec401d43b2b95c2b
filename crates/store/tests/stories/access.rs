//! Users, sessions and switches.

use watchpost_model::Secret;
use watchpost_store::{Flag, NewSession, Role, Session, Store, User};

use crate::house::{House, at, noon};

fn anna(password_hash: &str) -> User {
    let password_hash = Secret::new(password_hash.to_owned());
    User { name: "anna".to_owned(), role: Role::Owner, password_hash }
}

fn session(token: u8) -> NewSession {
    NewSession {
        token_sha256: [token; 32],
        user: "anna".to_owned(),
        created: noon(),
        expires: at(100),
    }
}

#[tokio::test]
async fn the_first_user_ends_the_first_start() {
    let house = House::new().await;
    assert!(!house.store.has_users().await.unwrap());
    assert!(house.store.put_first_user(&anna("hash")).await.unwrap());
    assert!(house.store.has_users().await.unwrap());
    assert!(!house.store.put_first_user(&anna("other")).await.unwrap(), "somebody was first");
    assert_eq!(house.store.user("anna").await.unwrap(), Some(anna("hash")));
    assert_eq!(house.store.user("Anna").await.unwrap(), None);
    assert_eq!(house.store.users().await.unwrap(), [anna("hash")]);
}

#[tokio::test]
async fn a_session_holds_until_it_expires() {
    let house = House::new().await;
    house.store.put_user(&anna("hash")).await.unwrap();
    house.store.put_session(&session(1)).await.unwrap();
    let holds = Session { user: "anna".to_owned(), role: Role::Owner, expires: at(100) };
    assert_eq!(house.store.session(&[1; 32], at(99)).await.unwrap(), Some(holds));
    assert_eq!(house.store.session(&[1; 32], at(100)).await.unwrap(), None);
    assert_eq!(house.store.session(&[2; 32], at(99)).await.unwrap(), None);
    assert_eq!(house.store.delete_expired(at(99)).await.unwrap(), 0);
    assert_eq!(house.store.delete_expired(at(100)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_new_password_and_the_end_of_a_user_end_sessions() {
    let house = House::new().await;
    house.store.put_user(&anna("hash")).await.unwrap();
    for (token, change) in [(1, "hash"), (2, "other")] {
        house.store.put_session(&session(token)).await.unwrap();
        house.store.put_user(&anna(change)).await.unwrap();
        let holds = house.store.session(&[token; 32], noon()).await.unwrap().is_some();
        assert_eq!(holds, change == "hash");
    }
    house.store.put_session(&session(3)).await.unwrap();
    assert!(house.store.delete_user("anna").await.unwrap());
    assert!(!house.store.delete_user("anna").await.unwrap());
    assert_eq!(house.store.session(&[3; 32], noon()).await.unwrap(), None);
    assert!(house.store.put_session(&session(4)).await.is_err(), "of nobody");
}

#[tokio::test]
async fn a_closed_session_is_over() {
    let house = House::new().await;
    house.store.put_user(&anna("hash")).await.unwrap();
    house.store.put_session(&session(1)).await.unwrap();
    house.store.delete_session(&[1; 32]).await.unwrap();
    assert_eq!(house.store.session(&[1; 32], noon()).await.unwrap(), None);
}

#[tokio::test]
async fn a_switch_outlives_a_restart() {
    let house = House::new().await;
    assert_eq!(house.store.flag("monitoring").await.unwrap(), None);
    let off = Flag { on: false, since: noon(), by: Some("anna".to_owned()) };
    house.store.set_flag("monitoring", &Flag { on: true, since: noon(), by: None }).await.unwrap();
    house.store.set_flag("monitoring", &off).await.unwrap();
    let (house, _) = house.kill().await;
    assert_eq!(house.store.flag("monitoring").await.unwrap(), Some(off));
}

#[tokio::test]
async fn a_user_can_be_added_while_another_process_records() {
    let house = House::new().await;
    let writer = house.begin("door", noon(), 2).await;
    let options = crate::house::options(house.folder.path(), &house.zone);
    let (guest, findings) = Store::attach(options, noon()).await.unwrap();
    assert!(findings.0.is_empty(), "a guest mends nothing: {findings:?}");
    guest.put_user(&anna("hash")).await.unwrap();
    guest.close().await;
    assert_eq!(house.store.user("anna").await.unwrap(), Some(anna("hash")));
    writer.finish().await.unwrap();
    house.sound().await;
}
