//! The command line, and the configuration that comes of it.

use anyhow::{Result, ensure};
use qga_testkit::{Ended, Scratch, Start};
use qga_tests::improvement;

/// What --dump-conf says when nothing is configured.
const DEFAULTS: &str = "\
[general]
daemon=false
method=virtio-serial
path=/dev/virtio-ports/org.qemu.guest_agent.0
pidfile=/var/run/qemu-ga.pid
statedir=/var/run
verbose=false
retry-path=false
block-rpcs=
allow-rpcs=
";

/// The options of the reference.
const OPTIONS: [(&str, &str); 15] = [
    ("-c", "--config"),
    ("-m", "--method"),
    ("-p", "--path"),
    ("-l", "--logfile"),
    ("-f", "--pidfile"),
    ("-F", "--fsfreeze-hook"),
    ("-t", "--statedir"),
    ("-v", "--verbose"),
    ("-V", "--version"),
    ("-d", "--daemonize"),
    ("-b", "--block-rpcs"),
    ("-a", "--allow-rpcs"),
    ("-D", "--dump-conf"),
    ("-r", "--retry-path"),
    ("-h", "--help"),
];

/// Runs the agent with these arguments to its end.
fn run(arguments: &[&str]) -> Result<Ended> {
    Start::bare().arguments(arguments).run_in(&Scratch::new()?)
}

/// Sees that --dump-conf with these arguments prints the defaults but for these lines.
fn dumps(arguments: &[&str], changes: &[(&str, &str)]) -> Result<()> {
    let ended = run(&[&["--dump-conf"], arguments].concat())?;

    let expected = changes.iter().fold(DEFAULTS.to_owned(), |text, (from, to)| text.replace(from, to));
    ensure!(ended.code == Some(0), "{arguments:?} end with {ended:?}");
    ensure!(ended.output == expected, "{arguments:?} give\n{}and not\n{expected}", ended.output);
    Ok(())
}

#[test]
fn each_option_has_a_short_and_a_long_form() -> Result<()> {
    let path = "path=/dev/virtio-ports/org.qemu.guest_agent.0\n";
    for (short, long, from, to) in [
        ("-d", "--daemonize", "daemon=false", "daemon=true"),
        (
            "-misa-serial",
            "--method=isa-serial",
            &*format!("method=virtio-serial\n{path}"),
            "method=isa-serial\npath=/dev/ttyS0\n",
        ),
        ("-p/x", "--path=/x", path, "path=/x\n"),
        ("-l/l", "--logfile=/l", path, &format!("{path}logfile=/l\n")),
        ("-f/p", "--pidfile=/p", "pidfile=/var/run/qemu-ga.pid", "pidfile=/p"),
        ("-F", "--fsfreeze-hook", "statedir", "fsfreeze-hook=/etc/qemu/fsfreeze-hook\nstatedir"),
        ("-F/h", "--fsfreeze-hook=/h", "statedir", "fsfreeze-hook=/h\nstatedir"),
        ("-t/s", "--statedir=/s", "statedir=/var/run", "statedir=/s"),
        ("-v", "--verbose", "verbose=false", "verbose=true"),
        ("-r", "--retry-path", "retry-path=false", "retry-path=true"),
        ("-ba,b", "--block-rpcs=a,b", "block-rpcs=", "block-rpcs=b,a"),
        ("-aa,b", "--allow-rpcs=a,b", "allow-rpcs=", "allow-rpcs=b,a"),
    ] {
        dumps(&[short], &[(from, to)])?;
        dumps(&[long], &[(from, to)])?;
    }
    Ok(())
}

#[test]
fn option_values_may_stand_apart() -> Result<()> {
    dumps(
        &["-t", "/s", "--pidfile", "/p"],
        &[("/var/run/qemu-ga.pid", "/p"), ("statedir=/var/run", "statedir=/s")],
    )
}

#[test]
fn the_hook_takes_no_value_that_stands_apart() -> Result<()> {
    dumps(&["-F", "/h"], &[("statedir", "fsfreeze-hook=/etc/qemu/fsfreeze-hook\nstatedir")])
}

#[test]
fn units_may_pass_empty_values() -> Result<()> {
    dumps(&["--block-rpcs=", "-F"], &[("statedir", "fsfreeze-hook=/etc/qemu/fsfreeze-hook\nstatedir")])
}

#[test]
fn switches_may_be_joined() -> Result<()> {
    dumps(
        &["-vrd"],
        &[
            ("verbose=false", "verbose=true"),
            ("retry-path=false", "retry-path=true"),
            ("daemon=false", "daemon=true"),
        ],
    )
}

#[test]
fn long_options_may_be_cut_short() -> Result<()> {
    dumps(
        &["--daemon", "--verb", "--state=/s"],
        &[
            ("daemon=false", "daemon=true"),
            ("verbose=false", "verbose=true"),
            ("statedir=/var/run", "statedir=/s"),
        ],
    )
}

#[test]
fn operands_are_passed_over_and_options_may_follow_them() -> Result<()> {
    dumps(&["operand", "-v", "operand"], &[("verbose=false", "verbose=true")])
}

#[test]
fn after_two_dashes_there_are_no_options() -> Result<()> {
    dumps(&["-v", "--", "--bogus"], &[("verbose=false", "verbose=true")])
}

#[test]
fn lists_add_up_each_turned_around() -> Result<()> {
    dumps(&["-b", "a,b", "-b", "c"], &[("block-rpcs=", "block-rpcs=b,a,c")])
}

#[test]
fn a_service_verb_is_passed_over() -> Result<()> {
    dumps(&["-s", "install"], &[])
}

#[test]
fn an_unknown_method_is_no_matter_until_the_channel_is_opened() -> Result<()> {
    dumps(
        &["-m", "smoke-signals", "-p", "/x"],
        &[
            ("method=virtio-serial", "method=smoke-signals"),
            ("path=/dev/virtio-ports/org.qemu.guest_agent.0", "path=/x"),
        ],
    )
}

#[test]
fn a_method_without_a_usual_path_needs_one() -> Result<()> {
    let ended = run(&["-D", "-m", "unix-listen"])?;

    ensure!(ended.code == Some(1) && ended.output.is_empty(), "{ended:?}");
    ensure!(ended.errors.contains("must specify a path for this channel"), "{ended:?}");
    Ok(())
}

#[test]
fn wrong_options_are_named_as_getopt_names_them() -> Result<()> {
    for (arguments, complaint) in [
        (&["--bogus"][..], "ARGV0: unrecognized option '--bogus'\n"),
        (&["-Z"], "ARGV0: invalid option -- 'Z'\n"),
        (&["-p"], "ARGV0: option requires an argument -- 'p'\n"),
        (&["--path"], "ARGV0: option '--path' requires an argument\n"),
        (&["--verbose=1"], "ARGV0: option '--verbose' doesn't allow an argument\n"),
        (&["--d"], "ARGV0: option '--d' is ambiguous; possibilities:"),
        (&["-D", "--bogus"], "ARGV0: unrecognized option '--bogus'\n"),
    ] {
        let ended = run(arguments)?;

        ensure!(ended.code == Some(1), "{arguments:?} end with {ended:?}");
        ensure!(ended.errors.starts_with(complaint), "{arguments:?} end with {ended:?}");
        ensure!(ended.output == "Unknown option, try 'ARGV0 --help' for more information.\n", "{ended:?}");
    }
    Ok(())
}

#[test]
fn a_wrong_option_is_named_once() -> Result<()> {
    improvement(|| {
        let ended = run(&["--bogus"])?;
        ensure!(ended.errors.lines().count() == 1, "{ended:?}");
        Ok(())
    })
}

#[test]
fn the_version_is_told_as_the_reference_tells_it() -> Result<()> {
    for option in ["-V", "--version"] {
        let ended = run(&[option])?;
        ensure!(ended.code == Some(0) && ended.errors.is_empty(), "{ended:?}");
        ensure!(ended.output.starts_with("QEMU Guest Agent 11.1.3\n"), "{ended:?}");
    }
    Ok(())
}

#[test]
fn the_version_tells_who_this_is_on_a_second_line() -> Result<()> {
    improvement(|| {
        let ended = run(&["--version"])?;
        ensure!(ended.output.lines().nth(1).is_some_and(|line| line.starts_with("qga ")), "{ended:?}");
        Ok(())
    })
}

#[test]
fn help_names_every_option() -> Result<()> {
    for option in ["-h", "--help"] {
        let ended = run(&[option])?;

        ensure!(ended.code == Some(0) && ended.errors.is_empty(), "{ended:?}");
        let mut lines = ended.output.lines();
        ensure!(lines.next() == Some("Usage: ARGV0 [-m <method> -p <path>] [<options>]"), "{ended:?}");
        ensure!(lines.next().is_some_and(|line| line.starts_with("QEMU Guest Agent 11.1.3")), "{ended:?}");
        for (short, long) in OPTIONS {
            let line = ended.output.lines().find(|line| line.starts_with(&format!("  {short}")));
            ensure!(line.is_some_and(|line| line.contains(long)), "{short}, {long}: {}", ended.output);
        }
    }
    Ok(())
}

#[test]
fn help_names_the_configuration_file_once() -> Result<()> {
    improvement(|| {
        let ended = run(&["--help"])?;
        ensure!(ended.output.contains("/etc/qemu/qemu-ga.conf"), "{ended:?}");
        ensure!(!ended.output.contains("qemu-ga.conf/qemu-ga.conf"), "{ended:?}");
        Ok(())
    })
}

#[test]
fn the_lists_of_commands_are_told_on_request() -> Result<()> {
    for arguments in [["-b", "help"], ["-b", "?"], ["-a", "help"], ["-a", "?"]] {
        let ended = run(&arguments)?;

        ensure!(ended.code == Some(0), "{ended:?}");
        ensure!(
            ended.output.starts_with("guest-sync-delimited\nguest-sync\nguest-ping\nguest-get-time\n"),
            "{ended:?}"
        );
        let is_command = |line: &str| line.starts_with("guest-") || line.starts_with("__org.qga_");
        ensure!(ended.output.lines().all(is_command), "{ended:?}");
    }
    Ok(())
}

#[test]
fn options_that_tell_something_act_where_they_stand() -> Result<()> {
    let version_first = run(&["-V", "--bogus"])?;
    let bogus_first = run(&["--bogus", "-V"])?;
    let help_first = run(&["-b", "help", "-V"])?;

    ensure!(version_first.code == Some(0) && version_first.output.starts_with("QEMU"), "{version_first:?}");
    ensure!(bogus_first.code == Some(1), "{bogus_first:?}");
    ensure!(help_first.output.starts_with("guest-sync"), "{help_first:?}");
    Ok(())
}
