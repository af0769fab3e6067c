//! `PowerShell`: 4103 and 4104 of its own channel, 400, 403, 600 and 800 of the classic one (events design, section 5).

use super::WindowsEvent;
use super::event::account;
use crate::document::{Document, Related};

pub(super) fn copy(event: &WindowsEvent, document: &mut Document) {
    document.categorise(&["process"], &["info"]);
    let action = match event.code.as_str() {
        "4103" => "command-run",
        "4104" => "script-run",
        "400" => "engine-started",
        "403" => "engine-stopped",
        "600" => "provider-started",
        "800" => "pipeline-run",
        _ => "",
    };
    document.text("event.action", action);
    document.copy(
        "powershell.file.script_block_text",
        event.datum("ScriptBlockText"),
    );
    document.text(
        "powershell.file.script_block_id",
        event.datum("ScriptBlockId"),
    );
    document.text("file.path", event.datum("Path"));
    let context = event.datum("ContextInfo");
    let classic = event.first_of(&["param3", "param2", "Data"]);
    let details = if classic.contains("HostApplication=") {
        classic
    } else {
        &event.message
    };
    let command = value_of(context, "Host Application = ")
        .or_else(|| value_of(details, "HostApplication="))
        .unwrap_or_default();
    document.copy("process.command_line", command);
    if let Some(named) = value_of(context, "User = ").or_else(|| value_of(details, "UserId=")) {
        let (domain, name) = account(named);
        document.text("user.name", name);
        document.text("user.domain", domain);
        document.relate(Related::User, name);
    }
}

/// The rest of the line behind a label.
fn value_of<'t>(text: &'t str, label: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(label)?;
    let value = rest.split(['\r', '\n']).next().unwrap_or(rest).trim();
    (!value.is_empty()).then_some(value)
}
