//! The first user, made by whoever holds the token that the recorder printed at its start.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use watchpost_api as api;
use watchpost_model::Secret;
use watchpost_store::{Role, User};

use super::session::wire;
use super::{LONGEST_NAME, Password, Token, open_session};
use crate::error::{Answer, Problem};
use crate::routes::Site;
use crate::throttle::Subject;

/// Whether the first user is still to be made.
#[utoipa::path(get, path = "/setup", tag = "session",
    responses((status = 200, body = api::SetupState)))]
pub(crate) async fn setup_state(State(site): State<Arc<Site>>) -> Answer<Json<api::SetupState>> {
    Ok(Json(api::SetupState { needed: !is_done(&site).await? }))
}

/// Whether there is a user. From then on the token is worth nothing, whoever made the user.
async fn is_done(site: &Site) -> Answer<bool> {
    let done = site.app.store.has_users().await?;
    if done {
        site.gate.forget_setup_token();
    }
    Ok(done)
}

/// Makes the first user, an owner, and opens a session.
///
/// The token works once. Wrong tokens are counted as wrong passwords are.
#[utoipa::path(post, path = "/setup", tag = "session", request_body = api::Setup,
    responses(
        (status = 201, body = api::Session),
        (status = 400, body = api::ErrorBody, description = "The name or the password will not do."),
        (status = 403, body = api::ErrorBody, description = "The token is wrong or used up."),
        (status = 429, body = api::ErrorBody, description = "Too many tries; see Retry-After."),
    ))]
pub(crate) async fn set_up(
    State(site): State<Arc<Site>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    setup: Result<Json<api::Setup>, JsonRejection>,
) -> Answer<Response> {
    let Json(api::Setup { token, name, password }) = setup?;
    let subjects = [Subject::address(client.ip()), Subject::SetupToken];
    let tries_left = site.gate.attempt(&subjects, (site.app.clock)())?;
    let done = is_done(&site).await?;
    let token = Token::of(&Secret::new(token));
    let is_right = |kept: &Secret<String>| Token::of(kept) == token;
    let right = site.gate.with_setup_token(|kept| kept.as_ref().is_some_and(is_right));
    if done || !right {
        return Err(Problem::WrongToken { tries_left });
    }
    site.gate.forgive(&subjects);
    check_name(&name)?;
    let password = Password::new(Secret::new(password))
        .map_err(|weak| Problem::invalid(sentence(&weak), "Choose 10 characters or more."))?;
    // Of two who come at once, one finds it taken.
    let used = site.gate.with_setup_token(|kept| kept.take_if(|kept| is_right(kept)));
    let token = used.ok_or(Problem::WrongToken { tries_left })?;
    match make_owner(&site, &name, password).await {
        Ok(true) => {}
        // On the command line somebody was quicker; the token stays taken.
        Ok(false) => return Err(Problem::WrongToken { tries_left }),
        Err(problem) => {
            site.gate.with_setup_token(|kept| *kept = Some(token));
            return Err(problem);
        }
    }
    let cookie = open_session(&site, &name).await?;
    let session = Json(wire(name, Role::Owner));
    Ok((StatusCode::CREATED, AppendHeaders([(header::SET_COOKIE, cookie)]), session)
        .into_response())
}

/// `false` if there is a user already.
async fn make_owner(site: &Site, name: &str, password: Password) -> Answer<bool> {
    let hash = tokio::task::spawn_blocking(move || password.hash());
    let password_hash = hash.await.map_err(Problem::internal)?.map_err(Problem::internal)?;
    let owner = User { name: name.to_owned(), role: Role::Owner, password_hash };
    Ok(site.app.store.put_first_user(&owner).await?)
}

fn check_name(name: &str) -> Answer<()> {
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
    if fits && name.trim() == name && !name.contains(char::is_control) {
        Ok(())
    } else {
        Err(Problem::invalid(
            "The name cannot be a user's.",
            "Choose 1 to 64 characters, without spaces at the ends.",
        ))
    }
}

/// An error's words as a sentence for the page.
fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}
