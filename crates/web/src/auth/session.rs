//! Logging in and out.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use watchpost_api as api;
use watchpost_model::Secret;
use watchpost_store::Role;

use super::{Gate, LONGEST_NAME, User, open_session, password, set_cookie};
use crate::error::{Answer, Problem};
use crate::routes::Site;
use crate::throttle::Subject;

/// Opens a session.
///
/// Answers with its cookie. After 5 wrong tries by one client, or 100 by one name, none is taken for
/// a minute.
#[utoipa::path(post, path = "/session", tag = "session", request_body = api::Login,
    responses(
        (status = 200, body = api::Session),
        (status = 401, body = api::ErrorBody, description = "Name or password are wrong."),
        (status = 429, body = api::ErrorBody, description = "Too many tries; see Retry-After."),
    ))]
pub(crate) async fn login(
    State(site): State<Arc<Site>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    login: Result<Json<api::Login>, JsonRejection>,
) -> Answer<Response> {
    let Json(api::Login { name, password }) = login?;
    let now = (site.app.clock)();
    let address = Subject::address(client.ip());
    if name.chars().count() > LONGEST_NAME {
        // Nobody's name, and the throttle does not keep it: 4096 of them would be 64 MB.
        let tries_left = site.gate.attempt(&[address], now)?;
        return Err(wrong_password(client, tries_left));
    }
    let subjects = [address, Subject::Name(name.clone())];
    let tries_left = site.gate.attempt(&subjects, now)?;
    let user = site.app.store.user(&name).await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let right = is_right(&site.gate, Secret::new(password), hash).await?;
    match user {
        Some(user) if right => {
            site.gate.forgive(&subjects);
            let cookie = open_session(&site, &user.name).await?;
            let session = wire(user.name, user.role);
            Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Json(session)).into_response())
        }
        _ => Err(wrong_password(client, tries_left)),
    }
}

fn wrong_password(client: SocketAddr, tries_left: u32) -> Problem {
    tracing::warn!(client = %client.ip(), "a login failed");
    Problem::WrongPassword { tries_left }
}

/// Who is logged in.
#[utoipa::path(get, path = "/session", tag = "session",
    responses((status = 200, body = api::Session), (status = 401, body = api::ErrorBody)))]
pub(crate) async fn whoami(User { name, role, session: _ }: User) -> Json<api::Session> {
    Json(wire(name, role))
}

/// Closes the session.
#[utoipa::path(delete, path = "/session", tag = "session",
    responses((status = 204), (status = 401, body = api::ErrorBody)))]
pub(crate) async fn logout(State(site): State<Arc<Site>>, user: User) -> Answer<Response> {
    if let Some(token) = &user.session {
        site.app.store.delete_session(&token.0).await?;
    }
    let cookie = set_cookie(&Secret::new(String::new()), Duration::ZERO)?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, cookie)])).into_response())
}

pub(super) fn wire(name: String, role: Role) -> api::Session {
    let role = match role {
        Role::Owner => api::Role::Owner,
        Role::Member => api::Role::Member,
        Role::Viewer => api::Role::Viewer,
    };
    api::Session { name, role }
}

async fn is_right(
    gate: &Gate,
    typed: Secret<String>,
    hash: Option<Secret<String>>,
) -> Answer<bool> {
    let _turn = gate.passwords.acquire().await.map_err(Problem::internal)?;
    let compare = move || password::is_right(&typed, hash.as_ref());
    tokio::task::spawn_blocking(compare).await.map_err(Problem::internal)
}
