//! The configuration file.

use anyhow::{Result, ensure};
use qga_testkit::{Ended, Scratch, Start};
use qga_tests::improvement;

/// Runs the agent with this configuration file to its end.
fn run(file: &str, arguments: &[&str]) -> Result<Ended> {
    let scratch = Scratch::new()?;
    scratch.write("conf", file.as_bytes())?;
    Start::bare().arguments(&["-c", "@SCRATCH@/f/conf"]).arguments(arguments).run_in(&scratch)
}

/// Sees that --dump-conf with this file and these arguments prints all of these lines.
fn dumps(file: &str, arguments: &[&str], lines: &[&str]) -> Result<()> {
    let ended = run(file, &[&["-D"], arguments].concat())?;

    ensure!(ended.code == Some(0), "{file:?} ends with {ended:?}");
    for line in lines {
        ensure!(
            ended.output.lines().any(|found| found == *line),
            "{file:?} lacks {line:?}:\n{}",
            ended.output
        );
    }
    Ok(())
}

#[test]
fn each_key_is_read() -> Result<()> {
    let file = "[general]\ndaemon=true\nmethod=isa-serial\npath=/dev/x\nlogfile=/l\npidfile=/p\nfsfreeze-hook=/h\n\
                statedir=/s\nverbose=true\nretry-path=true\nblock-rpcs=a,b\nallow-rpcs=c\n";

    let ended = run(file, &["-D"])?;

    ensure!(ended.output == file.replace("a,b", "b,a"), "{ended:?}");
    Ok(())
}

#[test]
fn what_was_dumped_can_be_read_again() -> Result<()> {
    let first = run("", &["-D", "-v", "-F/h", "-l/l", "-b", "guest-exec"])?;

    let second = run(&first.output, &["-D"])?;

    ensure!(first == second, "{second:?}");
    Ok(())
}

#[test]
fn the_file_is_read_as_key_files_are() -> Result<()> {
    for (file, line) in [
        ("[general]\nverbose=1\n", "verbose=true"),
        ("[general]\nverbose = false \n", "verbose=false"),
        ("[general]\nmethod =  isa-serial\n", "method=isa-serial"),
        ("[general]\npath=/a \n", "path=/a "),
        ("[general]\npath=a\\sb\\tc\n", "path=a b\tc"),
        ("[general]\npath=/a\npath=/b\n", "path=/b"),
        ("[general]\npath=/a\n[general]\nverbose=true\n", "path=/a"),
        ("# comment\n\n[general]\n#path=/q\npath=/a#b\n", "path=/a#b"),
        ("[general]\npath=\"/a\"\n", "path=\"/a\""),
        ("[general]\npath=/\u{e9}\n", "path=/\u{e9}"),
        ("[general]\nfsfreeze-hook=\n", "fsfreeze-hook="),
        ("[general]\nlogfile=\n", "logfile="),
        ("[general]\npath=/a", "path=/a"),
        ("", "path=/dev/virtio-ports/org.qemu.guest_agent.0"),
    ] {
        dumps(file, &[], &[line])?;
    }
    Ok(())
}

#[test]
fn other_groups_and_unknown_keys_are_passed_over() -> Result<()> {
    let file =
        "[other]\npath=/a\n[General]\npath=/b\n[general]\nPath=/c\ndaemonize=true\nblacklist=guest-ping\n";

    dumps(file, &[], &["path=/dev/virtio-ports/org.qemu.guest_agent.0", "daemon=false", "block-rpcs="])
}

#[test]
fn the_command_line_wins_and_lists_add_up() -> Result<()> {
    let file = "[general]\npath=/a\nverbose=true\nblock-rpcs=a,b\nallow-rpcs=x\n";

    dumps(
        file,
        &["-p", "/b", "-b", "c,d", "-a", "y"],
        &["path=/b", "verbose=true", "block-rpcs=b,a,d,c", "allow-rpcs=x,y"],
    )
}

#[test]
fn a_broken_file_is_named_and_ends_the_agent() -> Result<()> {
    for file in [
        "daemon=true\n",
        "[general\n",
        "[general]\nnonsense\n",
        "[general]\nfsfreeze-hook\n",
        "[general]\nverbose=yes\n",
        "[general]\nverbose=\n",
        "[general]\npath=a\\qb\n",
        "[general]\npath=\\xff\n",
    ] {
        let ended = run(file, &["-D"])?;

        ensure!(ended.code == Some(1) && ended.output.is_empty(), "{file:?} ends with {ended:?}");
        let complaint = "error loading configuration from path: @SCRATCH@/f/conf, ";
        ensure!(ended.errors.contains(complaint), "{file:?} ends with {ended:?}");
    }
    Ok(())
}

#[test]
fn a_broken_file_wins_over_options_that_tell_something() -> Result<()> {
    for option in ["-V", "-h"] {
        let ended = run("[general]\nverbose=nope\n", &[option])?;
        ensure!(ended.code == Some(1) && ended.output.is_empty(), "{ended:?}");
    }
    Ok(())
}

#[test]
fn a_file_that_is_asked_for_must_exist() -> Result<()> {
    let scratch = Scratch::new()?;

    let ended = Start::bare().arguments(&["-D", "-c", "/nonexistent"]).run_in(&scratch)?;

    ensure!(ended.code == Some(1), "{ended:?}");
    let complaint = "error loading configuration from path: /nonexistent, No such file or directory";
    ensure!(ended.errors.contains(complaint), "{ended:?}");
    Ok(())
}

#[test]
fn the_environment_names_a_file_that_may_be_missing() -> Result<()> {
    let scratch = Scratch::new()?;
    scratch.write("conf", b"[general]\npath=/a\n")?;

    let missing = Start::bare().argument("-D").variable("QGA_CONF", "/nonexistent").run_in(&scratch)?;
    let there = Start::bare().argument("-D").variable("QGA_CONF", "@SCRATCH@/f/conf").run_in(&scratch)?;

    ensure!(missing.code == Some(0), "{missing:?}");
    ensure!(there.output.contains("\npath=/a\n"), "{there:?}");
    Ok(())
}

#[test]
fn only_the_last_file_is_read() -> Result<()> {
    let scratch = Scratch::new()?;
    scratch.write("first", b"[general]\npath=/a\n")?;
    scratch.write("second", b"[general]\nverbose=true\n")?;

    let files = ["-c", "@SCRATCH@/f/first", "-c", "@SCRATCH@/f/second"];
    let ended = Start::bare().argument("-D").arguments(&files).run_in(&scratch)?;

    ensure!(ended.output.contains("\nverbose=true\n") && !ended.output.contains("\npath=/a\n"), "{ended:?}");
    Ok(())
}

#[test]
fn a_group_about_freezing_is_for_ours_and_disturbs_no_other() -> Result<()> {
    let file = "[freeze]\nfreeze-timeout=7\nexclude=/a;/b/*\n[general]\nverbose=true\n";
    dumps(file, &[], &["verbose=true"])?;
    improvement(|| {
        let lines = ["[freeze]", "freeze-timeout=7", "exclude=/a;/b/*", "hook-timeout=9"];
        dumps(file, &["--hook-timeout=9"], &lines)
    })
}
