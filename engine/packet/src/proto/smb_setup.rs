//! Log-ins over SMB: the security blobs of both versions.

use super::Context;
use super::smb_state::{Session, Setup, State};
use super::spnego::{self, Token};
use crate::anomaly::Anomaly;

/// The blob of a request.
pub fn request(context: &mut Context<'_>, state: &mut State, session: u64, blob: &[u8]) -> Setup {
    let exchange = state
        .sessions
        .get_mut(&session)
        .map(|known| std::mem::take(&mut known.exchange))
        .unwrap_or_default();
    let mut setup = Setup {
        method: if exchange.is_empty() { "" } else { "ntlm" },
        exchange,
        ..Setup::default()
    };
    see(context, &mut setup, blob);
    setup
}

/// The blob of an answer that is no error, and whether the log-in is over with it.
pub fn response(
    context: &mut Context<'_>,
    state: &mut State,
    session: u64,
    setup: &mut Setup,
    (blob, is_over): (&[u8], bool),
) {
    see(context, setup, blob);
    let mut known = Session::default();
    if is_over {
        if let Some(message) = &setup.exchange.authenticate {
            known.user = message.user.as_slice().into();
            known.domain = message.domain.as_slice().into();
        } else if !setup.account.is_empty() {
            known.user = setup.account.as_slice().into();
            known.domain = setup.domain.as_slice().into();
        }
    } else {
        known.exchange = setup.exchange.clone();
    }
    let cost = known.exchange.held() + known.user.len() + known.domain.len();
    state.sessions.insert(session, known, cost);
    while state.sessions.overflow().is_some() {
        context.limit("smb_sessions");
    }
}

fn see(context: &mut Context<'_>, setup: &mut Setup, blob: &[u8]) {
    match spnego::read(blob).token {
        Token::Ntlm(message) => {
            setup.method = "ntlm";
            if !setup.exchange.see(message, context.moment.received_us) {
                context.anomaly(Anomaly::NtlmMalformed);
            }
        }
        Token::Kerberos(message) => {
            setup.method = "kerberos";
            if !setup.kerberos.see(message, context.moment.received_us) {
                context.anomaly(Anomaly::KerberosMalformed);
            }
        }
        Token::Other => {}
    }
}
