//! `RUST_LOG`: what is traced goes to standard error, where nobody else listens.

use std::io;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::{self, format::FmtSpan};
use tracing_subscriber::layer::SubscriberExt as _;

use super::look::Look;
use crate::log;

/// Whose reports are heard, unless they are switched off by name.
const OURS: &str = "mcp_runtime";

/// Listens to what `RUST_LOG` names, if it is set and nobody listens yet.
pub(super) fn listen() {
    let Some(wanted) = std::env::var_os("RUST_LOG").filter(|wanted| !wanted.is_empty()) else { return };
    if tracing::dispatcher::has_been_set() {
        return;
    }
    match targets(&wanted.to_string_lossy()) {
        Ok(targets) => {
            let lines = fmt::layer().with_writer(io::stderr).with_ansi(Look::errors().has_colors());
            // Requests are spans: they are told when they are answered, with how long they took.
            let lines = lines.with_span_events(FmtSpan::CLOSE);
            // Whoever was quicker listens.
            let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(targets).with(lines));
        }
        Err(fault) => log::error(format_args!("`RUST_LOG` is not understood, so that nothing is traced: {fault}")),
    }
}

/// What to listen to: `debug`, or `my_server=debug,mcp_runtime=info`.
fn targets(wanted: &str) -> Result<Targets, String> {
    let targets: Targets = wanted.parse().map_err(|fault| format!("{fault}, in `{wanted}`"))?;
    let says_all = targets.default_level().is_some();
    let says_ours = targets.iter().any(|(target, _)| target.starts_with(OURS));
    Ok(if says_all || says_ours { targets } else { targets.with_target(OURS, LevelFilter::ERROR) })
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn reports_of_the_server_are_heard_unless_they_are_switched_off() {
        for (wanted, is_heard) in [
            ("debug", true),
            ("off", false),
            ("weather=debug", true),
            ("weather=debug,mcp_runtime=off", false),
            ("mcp_runtime::trace=info", false),
        ] {
            assert_eq!(targets(wanted).unwrap().would_enable(OURS, &Level::ERROR), is_heard, "{wanted}");
        }
        assert!(targets("weather=loud").unwrap_err().contains("weather=loud"));
    }
}
