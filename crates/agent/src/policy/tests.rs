use super::*;
use crate::config::Config;
use qga_platform::Root;
use qga_wire::Command;
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
