use super::*;
use crate::Agent;
use crate::config::Config;
use crate::dispatch::{self, Call};
use qga_platform::Root;
use qga_platform::power::Stop;
use qga_transport::Peer;
use qga_wire::Command;
use qga_wire::json::{Line, Parser};
use qga_wire::list::{Exec, FileOpen, GetOsinfo, Ping, Shutdown};
use std::fs;
use tempfile::TempDir;

/// A configuration file, its drop-in files by name, and an empty guest.
struct Scene {
    directory: TempDir,
    config: Config,
    root: Root,
}

impl Scene {
    fn new(file: &str, drop_ins: &[(&str, &str)]) -> Scene {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::write(at("conf"), file).unwrap();
        fs::create_dir(at("conf.d")).unwrap();
        for (name, content) in drop_ins {
            fs::write(at("conf.d").join(name), content).unwrap();
        }
        let mut config = Config { file: at("conf"), ..Config::default() };
        config.read_file(file.as_bytes()).unwrap();
        let root = Root::at(at("guest"));
        Scene { directory, config, root }
    }

    fn policy(&self) -> Policy {
        Policy::of(&self.config, &self.root).0
    }

    fn error(&self) -> Option<String> {
        Policy::of(&self.config, &self.root).1.map(|error| self.short(&error.to_string()))
    }

    /// Whether the command is permitted, and by which rule.
    fn decision<C: Command>(&self) -> (bool, String) {
        let policy = self.policy();
        let decision = policy.decision(&C::DECLARATION);
        (decision.permitted, self.short(&decision.rule.to_string()))
    }

    fn permits<C: Command>(&self) -> bool {
        self.decision::<C>().0
    }

    fn short(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.directory.path().display()), "")
    }
}

fn told(permitted: bool, rule: &str) -> (bool, String) {
    (permitted, rule.to_owned())
}

#[test]
fn without_a_policy_everything_is_permitted() {
    let scene = Scene::new("", &[]);
    assert!(COMMANDS.iter().all(|command| scene.policy().decision(command).permitted));
    assert_eq!(scene.decision::<Exec>(), told(true, "the profile full by default"));
}

#[test]
fn block_wins_over_allow_and_allow_over_the_profile() {
    let scene = Scene::new("[policy]\nprofile=monitor\nallow=@exec;guest-shutdown\nblock=guest-exec\n", &[]);
    assert_eq!(scene.decision::<Ping>(), told(true, "profile=monitor (conf, line 2)"));
    assert_eq!(scene.decision::<FileOpen>(), told(false, "profile=monitor (conf, line 2)"));
    assert_eq!(scene.decision::<Shutdown>(), told(true, "allow=guest-shutdown (conf, line 3)"));
    assert_eq!(scene.decision::<Exec>(), told(false, "block=guest-exec (conf, line 4)"));
}

#[test]
fn an_allow_list_without_a_profile_is_all_there_is() {
    let scene = Scene::new("[policy]\nallow=@basic\n", &[]);
    assert_eq!(scene.decision::<Ping>(), told(true, "allow=@basic (conf, line 2)"));
    assert_eq!(scene.decision::<GetOsinfo>(), told(false, "allow does not name it (conf, line 2)"));
}

#[test]
fn the_lists_of_the_reference_and_the_policy_must_all_permit() {
    let file = "[policy]\nprofile=monitor\nallow=guest-exec\n[general]\nallow-rpcs=guest-exec,guest-shutdown,\
                guest-ping\nblock-rpcs=guest-ping\n";
    let mut scene = Scene::new(file, &[]);
    assert!(scene.permits::<Exec>());
    assert_eq!(scene.decision::<Shutdown>(), told(false, "profile=monitor (conf, line 2)"));
    assert_eq!(scene.decision::<GetOsinfo>(), told(false, "allow-rpcs does not name it (conf, line 5)"));
    assert_eq!(scene.decision::<Ping>(), told(false, "block-rpcs (conf, line 6)"));
    scene.config.block_rpcs.push(Exec::NAME.to_owned());
    assert_eq!(scene.decision::<Exec>(), told(false, "block-rpcs"));
}

#[test]
fn drop_in_files_are_read_by_name_and_the_last_wins() {
    let scene = Scene::new(
        "[policy]\nprofile=full\nblock=guest-ping\n",
        &[
            ("20.conf", "[policy]\n\nprofile=locked\n"),
            ("10.conf", "[policy]\nprofile=monitor\nallow=guest-exec\n"),
            ("30.conf.old", "nonsense"),
            (".40.conf", "nonsense"),
        ],
    );
    assert_eq!(scene.error(), None);
    assert_eq!(scene.decision::<GetOsinfo>(), told(false, "profile=locked (conf.d/20.conf, line 3)"));
    assert_eq!(scene.decision::<Exec>(), told(true, "allow=guest-exec (conf.d/10.conf, line 3)"));
    assert_eq!(scene.decision::<Ping>(), told(false, "block=guest-ping (conf, line 3)"));
}

#[test]
fn whatever_is_wrong_locks_the_agent_and_is_told_with_its_place() {
    for (file, drop_in, expected) in [
        ("[policy]\nprofil=full\n", "", "conf, line 2: there is no key 'profil'"),
        (
            "[policy]\nprofile=Full\n",
            "",
            "conf, line 2: key 'profile' names no profile with 'Full': there are full, monitor, backup, files, \
             vendor-rhel, locked",
        ),
        ("[policy]\nblock=guest-exce\n", "", "conf, line 2: key 'block' names no command with 'guest-exce'"),
        ("[Policy]\n", "", "conf, line 1: there is no group [Policy]"),
        ("[policy.exec]\n", "", "conf, line 1: there is no group [policy.exec]"),
        ("[policy exce]\n", "", "conf, line 1: there is no group [policy exce]"),
        ("[policy]\nallow=\\q\n", "", "conf, line 2: key 'allow' has the unknown escape '\\q'"),
        ("", "[polcy]\n", "conf.d/a.conf, line 1: the group [polcy] means nothing in a drop-in file"),
        ("", "\nx\n", "conf.d/a.conf, line 2: 'x' is neither key=value nor [group] nor # comment"),
    ] {
        let scene = Scene::new(file, &[("a.conf", drop_in)]);
        assert_eq!(scene.error().as_deref(), Some(expected));
        let rule = format!("the profile locked, as the policy is wrong: {expected}");
        assert_eq!(scene.decision::<GetOsinfo>(), told(false, &rule));
        assert_eq!(scene.decision::<Ping>(), told(true, &rule));
    }
}

#[test]
fn a_drop_in_that_cannot_be_read_locks_the_agent() {
    let scene = Scene::new("", &[]);
    fs::create_dir(scene.directory.path().join("conf.d/a.conf")).unwrap();
    assert_eq!(scene.error().as_deref(), Some("cannot read conf.d/a.conf: Not a regular file"));
    assert!(!scene.permits::<GetOsinfo>() && scene.permits::<Ping>());
}

#[test]
fn a_confidential_guest_is_locked_but_for_shutdown_unless_its_owner_names_a_profile() {
    for (file, osinfo, exec) in [
        ("", false, false),
        ("[policy]\nallow=guest-exec\n", false, true),
        ("[policy]\nprofile=monitor\n", true, false),
        ("[policy]\nprofile=full\n", true, true),
    ] {
        let scene = Scene::new(file, &[]);
        fs::create_dir_all(scene.root.path("/dev")).unwrap();
        fs::write(scene.root.path("/dev/sev-guest"), "").unwrap();
        assert_eq!((scene.permits::<GetOsinfo>(), scene.permits::<Exec>()), (osinfo, exec), "{file}");
        assert!(scene.permits::<Ping>());
        if file.is_empty() {
            let rule = "the profile locked by default in a confidential guest (SEV-SNP)";
            assert_eq!(scene.decision::<Shutdown>(), told(true, rule));
        }
    }
}

#[test]
fn every_profile_permits_the_effects_that_it_is_for_and_no_others() {
    use qga_wire::Effect::{self, Account, Basic, Exec, File, Freeze, Power, Read, Write};
    let expected: &[(&str, &[Effect])] = &[
        ("full", &[Basic, Read, File, Write, Exec, Power, Freeze, Account]),
        ("monitor", &[Basic, Read]),
        ("backup", &[Basic, Read, Freeze]),
        ("files", &[Basic, Read, File]),
        ("vendor-rhel", &[Basic, Read, Write, Power, Freeze, Account]),
        ("locked", &[Basic]),
    ];
    assert_eq!(expected.len(), profile::PROFILES.len());
    for (profile, effects) in expected {
        let policy = Scene::new(&format!("[policy]\nprofile={profile}\n"), &[]).policy();
        for command in COMMANDS {
            let permitted = policy.decision(command).permitted;
            assert_eq!(permitted, effects.contains(&command.effect), "{profile} {}", command.name);
        }
    }
}

#[test]
fn every_key_of_the_manual_means_something() {
    for (group, keys) in [("policy", keys::MAIN), ("policy exec a", keys::EXEC)] {
        for key in keys {
            let error = Scene::new(&format!("[{group}]\n{}=?\n", key.name), &[]).error().unwrap_or_default();
            assert!(!error.contains("there is no key") || error.contains("'program'"), "{error}");
        }
    }
}

/// What `agent` answers to the request.
fn answer(agent: &Agent, request: &str) -> String {
    let mut parser = Parser::new();
    parser.feed(request.as_bytes());
    let call = Call::read(parser.next().unwrap().unwrap());
    let mut line = Vec::new();
    call.run(agent, &Arc::new(Peer::Unix(None))).write(&mut Line { bytes: &mut line, send: None });
    String::from_utf8(line).unwrap()
}

#[test]
fn every_command_is_refused_or_not_as_the_profile_says_when_a_host_asks_for_it() {
    for profile in profile::PROFILES {
        let scene = Scene::new(&format!("[policy]\nprofile={}\n", profile.name), &[]);
        let agent = Agent::on_tree(scene.directory.path());
        agent.adopt(scene.policy());
        for command in COMMANDS {
            // No command has this argument, so one that is permitted comes no further than to say so.
            let request = format!("{{'execute': '{}', 'arguments': {{'no-such': 1}}}}", command.name);
            let expected = if profile.permits(command) { "Parameter '" } else { "has been disabled" };
            let answer = answer(&agent, &request);
            assert!(answer.contains(expected), "{} {answer}", profile.name);
        }
    }
}

#[test]
fn wrong_rules_on_arguments_lock_the_agent_too() {
    for (line, expected) in [
        ("read-paths=etc", "key 'read-paths' has a path that does not begin at the root, 'etc'"),
        ("accounts=[", "key 'accounts' has a bad pattern, '[': invalid range pattern"),
        ("shutdown-modes=halt;off", "key 'shutdown-modes' names no mode with 'off'"),
        ("rate=guest-exec 5", "key 'rate' must be of the form 'guest-exec 10/min', not 'guest-exec 5'"),
        (
            "largest-read=1X",
            "key 'largest-read' must be a number of bytes such as 4096, 64K or 16M, not '1X'",
        ),
        ("[policy exec a]", "there is no key 'program'"),
        ("[policy exec a]program=sh", "key 'program' has a path that does not begin at the root, 'sh'"),
        ("[policy exec a]args=x", "there is no key 'args'"),
        ("[policy exec a]user=", "key 'user' names no user"),
        ("[policy exec a]input=yes", "key 'input' must be true or false, not 'yes'"),
    ] {
        let text = format!("[policy]\n{}\n", line.replace(']', "]\n"));
        let error = Scene::new(&text, &[]).error().unwrap_or_default();
        assert!(error.ends_with(&format!(": {expected}")), "{text}{error}");
    }
}

#[test]
fn accounts_and_shutdown_modes_are_restricted() {
    let scene = Scene::new("[policy]\naccounts=deploy;ci-*\nshutdown-modes=reboot\n", &[]);
    let policy = scene.policy();
    let judge = |touch| match policy.judge(&Exec::DECLARATION, touch) {
        Ok(()) => "permitted".to_owned(),
        Err(refused) => scene.short(&refused.rule.to_string()),
    };
    assert_eq!(judge(Touch::Account("ci-1")), "permitted");
    assert_eq!(judge(Touch::Account("root")), "accounts (conf, line 2)");
    assert_eq!(judge(Touch::Stop(Some(Stop::Reboot))), "permitted");
    assert_eq!(judge(Touch::Stop(Some(Stop::Halt))), "shutdown-modes (conf, line 3)");
    assert_eq!(judge(Touch::Stop(None)), "permitted");
    assert_eq!(judge(Touch::Nothing), "permitted");
}

#[test]
fn sizes_have_units() {
    let limits = Scene::new("[policy]\nlargest-read=1M\nlargest-output= 64K \n", &[]).policy().limits;
    assert_eq!((limits.largest_read, limits.largest_output), (Some(1 << 20), Some(64 << 10)));
}

fn foreseen(scene: &Scene, request: &str) -> String {
    dispatch::foresee(request.as_bytes(), &scene.policy())
        .map_or_else(|error| error, |decision| scene.short(&decision.to_string()))
}

#[test]
fn programs_are_permitted_by_the_first_rule_that_fits() {
    let file = "[policy exec say]\nprogram=/bin/sh\narguments=-c;echo *\nenvironment=LC_*\n\
                [policy exec any]\nprogram=/bin/true\narguments=**\ninput=true\n";
    let scene = Scene::new(file, &[]);
    let (say, any) =
        ("permitted by [policy exec say] (conf, line 1)", "permitted by [policy exec any] (conf, line 5)");
    let refused = "refused by [policy exec ...] without a rule for it (conf, line 1)";
    for (arguments, expected) in [
        (r#""path": "/bin/sh", "arg": ["-c", "echo a"]"#, say),
        (r#""path": "/bin/../bin/sh", "arg": ["-c", "echo a"]"#, say),
        (r#""path": "/bin/sh", "arg": ["-c", "echo a"], "env": ["LC_ALL=C"]"#, say),
        (r#""path": "/bin/sh", "arg": ["-c", "echo a"], "env": ["LD_PRELOAD=/x"]"#, refused),
        (r#""path": "/bin/sh", "arg": ["-c", "echo a"], "input-data": """#, refused),
        (r#""path": "/bin/sh", "arg": ["-c", "rm a"]"#, refused),
        (r#""path": "/bin/sh""#, refused),
        (r#""path": "/bin/true", "arg": ["-c"], "input-data": """#, any),
        (r#""path": "/bin/absent""#, refused),
        (r#""path": "absent""#, refused),
    ] {
        let request = format!("{{\"execute\": \"{}\", \"arguments\": {{{arguments}}}}}", Exec::NAME);
        assert_eq!(foreseen(&scene, &request), expected, "{request}");
    }
}

#[test]
fn what_would_be_said_of_a_file_names_what_it_leads_to() {
    let mut scene = Scene::new("", &[]);
    let top = fs::canonicalize(scene.directory.path()).unwrap();
    let file = format!("[policy]\nread-paths={0}/conf;{0}/log/**\n", top.display());
    fs::write(&scene.config.file, &file).unwrap();
    scene.config.read_file(file.as_bytes()).unwrap();
    let ask = |path: &str, mode: &str| {
        let arguments = format!("\"path\": \"{}/{path}\", \"mode\": \"{mode}\"", top.display());
        let request = format!("{{\"execute\": \"{}\", \"arguments\": {{{arguments}}}}}", FileOpen::NAME);
        foreseen(&scene, &request)
    };
    assert_eq!(ask("conf.d/../conf", "r"), "permitted by read-paths for conf (conf, line 2)");
    assert_eq!(ask("conf.d", "r"), "refused by read-paths for conf.d: not a regular file (conf, line 2)");
    assert_eq!(ask("conf", "r+"), "refused by there being no write-paths for conf (conf, line 2)");
}

#[test]
fn a_request_that_makes_no_sense_is_not_judged() {
    let scene = Scene::new("", &[]);
    for (request, expected) in [
        ("{", "it is not complete"),
        ("[]", "QMP input must be a JSON object"),
        ("{\"execute\": \"guest-png\"}", "there is no command guest-png"),
        ("{\"execute\": \"guest-exec\"}", "Parameter 'path' is missing"),
    ] {
        assert_eq!(foreseen(&scene, request), expected);
    }
}

#[test]
fn the_examples_on_the_page_are_valid() {
    let page = include_str!("../../../../docs/policy.md");
    let examples: Vec<_> =
        page.split("```ini\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() > 1);
    for example in examples {
        let parsed = Policy::parse(Path::new("/f"), example.as_bytes(), &Root::system());
        assert!(parsed.is_ok(), "{parsed:?}");
    }
}

#[test]
fn no_bytes_make_it_panic_and_none_open_what_was_locked() {
    let pieces = ["[policy]\n", "profile=locked\n", "profile=", "allow=@", "x=\n", ";", "[", "\u{fffd}"];
    for number in 0..pieces.len().pow(4) {
        let text: String =
            (0..4).map(|place| pieces[number / pieces.len().pow(place) % pieces.len()]).collect();
        let content = format!("[policy]\n{text}");
        if let Ok(policy) = Policy::parse(Path::new("/f"), content.as_bytes(), &Root::at("/nonexistent")) {
            let locked = text.contains("profile=locked\n") && !text.contains("profile=\n");
            assert!(!locked || !policy.decision(&Exec::DECLARATION).permitted, "{content}");
        }
    }
}
