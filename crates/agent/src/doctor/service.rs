//! The agent as a service of the system.

use super::finding::Finding;
use crate::config::Config;
use qga_platform::Root;
use qga_platform::helper::Failure;
use qga_platform::processes::{Process, process};
use qga_platform::service::Service;

/// What distributions call the service (compat.md D.6).
pub(crate) const UNIT: &str = "qemu-guest-agent.service";

const TOPIC: &str = "service";

/// What systemd says; nothing where it does not run the system.
pub(super) fn examine(asked: Option<&Result<Service, Failure>>, agent: Option<&Process>) -> Option<Finding> {
    Some(match asked? {
        Ok(service) => judge(service, agent),
        Err(failure) => {
            Finding::warning(TOPIC, failure.to_string().trim_end(), format_args!("systemctl status {UNIT}"))
        }
    })
}

fn judge(service: &Service, agent: Option<&Process>) -> Finding {
    let Service { load, active, sub, file, result } = service;
    match (load.as_str(), active.as_str(), sub.as_str()) {
        ("masked", _, _) => Finding::problem(
            TOPIC,
            format_args!("{UNIT} is masked: it cannot be started"),
            format_args!("systemctl unmask {UNIT}"),
        ),
        ("not-found", _, _) => Finding::warning(
            TOPIC,
            format_args!("there is no {UNIT}: nothing starts the agent"),
            format_args!("qemu-ga unit > /etc/systemd/system/{UNIT}; systemctl daemon-reload"),
        ),
        ("loaded", "active", _) => Finding::fine(TOPIC, format_args!("{UNIT} is active, {file}")),
        ("loaded", "failed", _) | ("loaded", _, "auto-restart") => Finding::problem(
            TOPIC,
            format_args!("{UNIT} has failed: {result}"),
            format_args!("journalctl -u {UNIT} tells why; then systemctl restart {UNIT}"),
        ),
        ("loaded", _, _) if agent.is_some() => Finding::warning(
            TOPIC,
            format_args!("{UNIT} is {active}: the agent that runs was not started by it"),
            "if that is not meant to be, end that agent and start the service",
        ),
        ("loaded", _, _) if file == "disabled" => Finding::problem(
            TOPIC,
            format_args!("{UNIT} is {active} and disabled"),
            format_args!("systemctl enable --now {UNIT}"),
        ),
        ("loaded", _, _) => Finding::problem(
            TOPIC,
            format_args!("{UNIT} is {active}, {file}"),
            format_args!("systemctl start {UNIT}"),
        ),
        _ => Finding::problem(
            TOPIC,
            format_args!("{UNIT} cannot be loaded: {load}"),
            format_args!("systemctl status {UNIT} tells what is wrong with it"),
        ),
    }
}

/// The pid file of an agent in the background.
pub(super) fn examine_pid_file(root: &Root, config: &Config) -> Option<Finding> {
    const TOPIC: &str = "pid file";
    let path = config.pidfile.display();
    let text = root.read_text(&config.pidfile).ok()??;
    let id = text.trim();
    let running = id.parse().ok().and_then(|id| process(root, id));
    Some(match running {
        Some(process) => Finding::fine(TOPIC, format_args!("{path} names process {id}, {}", process.name)),
        None => Finding::warning(
            TOPIC,
            format_args!("{path} names process '{id}', which does not run"),
            format_args!("the agent is not hindered; for others: rm {path}"),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;

    fn service(words: [&str; 5]) -> Service {
        let [load, active, sub, file, result] = words.map(str::to_owned);
        Service { load, active, sub, file, result }
    }

    #[test]
    fn what_systemd_says_is_judged() {
        use Verdict::{Fine, Problem, Warning};
        for (words, verdict, piece) in [
            (["loaded", "active", "running", "static", "success"], Fine, "active"),
            (["loaded", "failed", "failed", "enabled", "exit-code"], Problem, "exit-code"),
            (["loaded", "activating", "auto-restart", "enabled", "signal"], Problem, "signal"),
            (["loaded", "inactive", "dead", "disabled", "success"], Problem, "disabled"),
            (["loaded", "inactive", "dead", "static", "success"], Problem, "inactive"),
            (["masked", "inactive", "dead", "masked", "success"], Problem, "masked"),
            (["not-found", "inactive", "dead", "", "success"], Warning, "no qemu-guest-agent.service"),
            (["bad-setting", "inactive", "dead", "", "success"], Problem, "bad-setting"),
        ] {
            let finding = judge(&service(words), None);
            assert_eq!(finding.verdict, verdict, "{words:?}");
            assert!(finding.text.contains(piece), "{finding}");
        }
    }

    #[test]
    fn an_agent_beside_a_dead_service_is_noticed() {
        let agent = Process { id: 7, name: String::new(), program: None, outlives_program: false };
        let finding = judge(&service(["loaded", "inactive", "dead", "static", "success"]), Some(&agent));
        assert_eq!(finding.verdict, Verdict::Warning);
    }
}
