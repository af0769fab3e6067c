//! The event of a request and its answer, and what their bodies' file events say of them.

use super::http_body::Summary;
use super::http_field::{Fields, file_name, without_parameters};
use super::http_message::{Request, Response, Transaction};
use super::http_target::without_port;
use super::{Context, Direction, Pair, http_expression, http2_frame};
use crate::emit::head::{Dataset, Event, Related, append_flow_id};
use crate::emit::line::Line;
use crate::file;

/// A header value, a cookie, a user agent beyond this is cut.
const MAX_VALUE: usize = 2_048;
/// Names of users, hosts and types.
const MAX_NAME: usize = 512;
/// Header fields that are listed.
const MAX_LISTED: usize = 96;
/// Fields whose values are secrets.
const SECRETS: &[&[u8]] = &[
    b"authorization",
    b"cookie",
    b"proxy-authorization",
    b"set-cookie",
    b"x-api-key",
    b"x-auth-token",
];

/// Writes the event of a transaction.
pub fn write(context: &mut Context<'_>, transaction: &Transaction, protocol: &'static str) {
    let (request, response) = (transaction.request.as_ref(), transaction.response.as_ref());
    let moment = context.moment;
    let mut event = Event::new(Dataset::Http, "http-request", moment.time_us, moment.packet);
    event.categories = &["web"];
    let is_error = response.is_some_and(|response| response.status >= 400);
    event.types = if is_error {
        &["access", "error"]
    } else {
        &["access"]
    };
    event.success = response.map(|_| !is_error);
    event.start_us = request.map(|request| request.time_us);
    event.duration_us = request.map(|request| moment.received_us.saturating_sub(request.time_us));
    event.transaction = Some(transaction.number);
    event.protocol = Some(protocol);
    let host = request.map_or(&b""[..], Request::host);
    let user = request.map_or(&b""[..], |request| &request.credentials.user);
    let (hosts, users) = ([host], [user]);
    event.related = Related {
        hosts: &hosts,
        users: &users,
        ..Related::default()
    };
    let forwarded = request.and_then(forwarded);
    event.forwarded_ip = forwarded.as_deref();
    let shows_secrets = context.shared.settings.capture_secrets;
    let flow = context.flow.id;
    context.emit(
        &event,
        |line| {
            describe(line, transaction, shows_secrets);
            let mark = line.open("user");
            line.text_within("name", user, MAX_NAME);
            line.close(mark);
        },
        |line| write_own(line, transaction, flow, shows_secrets),
    );
}

/// `url`, `http` and `user_agent`: in the event of the transaction and in those of its files.
pub fn describe(line: &mut Line<'_>, transaction: &Transaction, shows_secrets: bool) {
    let (request, response) = (transaction.request.as_ref(), transaction.response.as_ref());
    if let Some(request) = request {
        write_url(line, request, shows_secrets);
    }
    write_http(line, request, response);
    if let Some(request) = request {
        let mark = line.open("user_agent");
        line.text_within("original", request.fields.get(b"user-agent"), MAX_VALUE);
        line.close(mark);
    }
}

fn write_url(line: &mut Line<'_>, request: &Request, shows_secrets: bool) {
    let parts = request.parts();
    let mark = line.open("url");
    line.text("original", &request.target);
    let scheme = if request.scheme.is_empty() {
        parts.scheme
    } else {
        &request.scheme
    };
    line.text_within("scheme", scheme, 16);
    line.text_within("domain", request.host(), MAX_NAME);
    let port = super::http_target::port(request.host_and_port());
    if let Some(port) = port {
        line.number("port", port);
    }
    line.text("path", parts.path);
    line.text("query", parts.query);
    line.text_within("extension", parts.extension, 64);
    let credentials = &request.credentials;
    line.text_within("username", &credentials.user, MAX_NAME);
    if !credentials.password.is_empty() {
        let shown = if shows_secrets {
            &credentials.password[..]
        } else {
            b"***"
        };
        line.text_within("password", shown, MAX_NAME);
    }
    line.close(mark);
}

/// The first address that proxies name as the client's.
fn forwarded(request: &Request) -> Option<String> {
    let first = request
        .fields
        .get(b"x-forwarded-for")
        .split(|byte| *byte == b',')
        .next()?;
    let text = std::str::from_utf8(without_port(first)).ok()?;
    Some(text.parse::<std::net::IpAddr>().ok()?.to_string())
}

fn write_http(line: &mut Line<'_>, request: Option<&Request>, response: Option<&Response>) {
    let mark = line.open("http");
    let version = match (request, response) {
        (Some(request), _) if !request.version.is_empty() => &request.version[..],
        (Some(request), _) if request.fields.is_empty() => b"0.9",
        (_, Some(response)) => &response.version,
        _ => b"",
    };
    line.text_within("version", version, 16);
    if let Some(request) = request {
        let inner = line.open("request");
        line.text_within("method", &request.method, 64);
        line.text_within("referrer", request.fields.get(b"referer"), MAX_VALUE);
        write_type(line, &request.fields);
        write_body(line, &request.body);
        line.close(inner);
    }
    if let Some(response) = response {
        let inner = line.open("response");
        if response.status > 0 {
            line.number("status_code", u64::from(response.status));
        }
        write_type(line, &response.fields);
        write_body(line, &response.body);
        line.close(inner);
    }
    line.close(mark);
}

fn write_type(line: &mut Line<'_>, fields: &Fields) {
    let kind = without_parameters(fields.get(b"content-type"));
    line.text_within("mime_type", kind, MAX_NAME);
}

fn write_body(line: &mut Line<'_>, body: &Summary) {
    let mark = line.open("body");
    line.number("bytes", body.packed);
    line.text_within("content", &body.expressions.text, MAX_VALUE);
    if body.expressions.is_cut {
        line.note_truncated("content");
    }
    line.close(mark);
}

fn write_own(line: &mut Line<'_>, transaction: &Transaction, flow: u64, shows_secrets: bool) {
    let mark = line.open("http");
    if let Some(request) = &transaction.request {
        write_headers(line, "request_headers", &request.fields, shows_secrets);
        write_headers(line, "request_trailers", &request.trailers, shows_secrets);
        let keys = ["orig_mime_types", "orig_filenames"];
        write_seen(line, &request.body, &request.fields, keys);
        write_unpacked(line, &request.body, "request_unpacked_bytes");
        line.text_within("origin", request.fields.get(b"origin"), MAX_NAME);
        if shows_secrets {
            line.text_within("cookie", request.fields.get(b"cookie"), MAX_VALUE);
        }
    }
    if let Some(response) = &transaction.response {
        if transaction
            .request
            .as_ref()
            .is_some_and(|request| request.version != response.version)
        {
            line.text_within("response_version", &response.version, 16);
        }
        line.text_within("status_string", &response.status_word, 64);
        line.text_within("status_msg", &response.reason, MAX_NAME);
        line.text_within("location", response.fields.get(b"location"), MAX_VALUE);
        line.text_within("server", response.fields.get(b"server"), MAX_NAME);
        write_headers(line, "response_headers", &response.fields, shows_secrets);
        write_headers(line, "response_trailers", &response.trailers, shows_secrets);
        let keys = ["resp_mime_types", "resp_filenames"];
        write_seen(line, &response.body, &response.fields, keys);
        write_unpacked(line, &response.body, "response_unpacked_bytes");
    }
    if let Some(interim) = &transaction.interim {
        line.number("info_code", u64::from(interim.status));
        line.text_within("info_msg", &interim.reason, MAX_NAME);
    }
    write_files(line, transaction, flow);
    line.close(mark);
    write_stream(line, transaction);
}

/// What only HTTP/2 has.
fn write_stream(line: &mut Line<'_>, transaction: &Transaction) {
    let mark = line.open("http2");
    if let Some(stream) = transaction.stream {
        line.number("stream_id", u64::from(stream));
    }
    if let Some(priority) = transaction.priority {
        line.number("priority", u64::from(priority));
    }
    let Pair {
        source: request,
        destination: response,
    } = transaction.errors;
    for (key, code) in [
        ("request_error_code", request),
        ("response_error_code", response),
    ] {
        if let Some(code) = code {
            line.word(key, http2_frame::error_name(code));
        }
    }
    line.close(mark);
}

fn write_headers(line: &mut Line<'_>, key: &'static str, fields: &Fields, shows_secrets: bool) {
    let list = line.open_list(key);
    for (place, field) in fields.iter().enumerate() {
        if place >= MAX_LISTED || !line.has_room() {
            line.note_truncated("");
            break;
        }
        let item = line.open_item();
        line.text_within("name", field.name, MAX_NAME);
        let is_secret = SECRETS
            .iter()
            .any(|secret| field.name.eq_ignore_ascii_case(secret));
        if is_secret && !shows_secrets && !field.value.is_empty() {
            write_masked(line, field.value);
        } else {
            line.text_within("value", field.value, MAX_VALUE);
        }
        line.close(item);
    }
    if fields.left_out > 0 {
        line.note_truncated("");
    }
    line.close_list(list);
}

/// A secret is `***`, but an expression in it is none.
fn write_masked(line: &mut Line<'_>, value: &[u8]) {
    let shown = http_expression::shown(value);
    if shown.text.is_empty() {
        line.word("value", "***");
        return;
    }
    line.text_within("value", &shown.text, MAX_VALUE);
    if shown.is_cut {
        line.note_truncated("value");
    }
}

/// Types and names of the files of a body.
fn write_seen(line: &mut Line<'_>, body: &Summary, fields: &Fields, keys: [&'static str; 2]) {
    let [types, names] = keys;
    line.words(types, &body.mime_types);
    let list = line.open_list(names);
    line.item_text(file_name(fields.get(b"content-disposition")), MAX_NAME);
    for name in &body.names {
        line.item_text(name, MAX_NAME);
    }
    line.close_list(list);
}

fn write_unpacked(line: &mut Line<'_>, body: &Summary, key: &str) {
    if body.unpacked != body.packed {
        line.number(key, body.unpacked);
    }
}

/// The ids of the files that the transaction carried.
fn write_files(line: &mut Line<'_>, transaction: &Transaction, flow: u64) {
    let request = transaction.request.as_ref().map(|request| &request.body);
    let response = transaction.response.as_ref().map(|response| &response.body);
    let list = line.open_list("file_ids");
    for (body, sender) in [
        (request, Direction::FromSource),
        (response, Direction::FromDestination),
    ] {
        let Some(body) = body else {
            continue;
        };
        let parts = if body.is_file { 0..=0 } else { 1..=body.parts };
        for part in parts {
            let id = file::id(flow, transaction.number, part, sender);
            line.item_raw(|out| append_flow_id(out, id));
        }
    }
    line.close_list(list);
}
