use super::*;
use crate::options;
use std::fs;

/// What the words ask for, with this content of the configuration file.
fn read(file: &str, words: &[&str]) -> Result<Wish, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("conf");
    fs::write(&path, file).unwrap();
    let given = options::parse(words.iter().map(OsString::from));
    let named = Some(path.clone().into_os_string());
    Config::read(given, named).map_err(|error| error.to_string().replace(path.to_str().unwrap(), "FILE"))
}

fn config(file: &str, words: &[&str]) -> Config {
    match read(file, words).unwrap() {
        Wish::Serve(config) | Wish::DumpConf(config) => config,
        other => panic!("{other:?}"),
    }
}

/// The lines of --dump-conf that differ from those without file and options.
fn changed(file: &str, words: &[&str]) -> Vec<String> {
    let lines = |mut config: Config| {
        config.complete_path().unwrap();
        let text = String::from_utf8(config.dump()).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let defaults = lines(Config::default());
    lines(config(file, words)).into_iter().filter(|line| !defaults.contains(line)).collect()
}

#[test]
fn without_file_and_options_the_defaults_are_dumped() {
    let mut config = config("", &[]);
    config.complete_path().unwrap();
    let expected = "[general]\n\
        daemon=false\n\
        method=virtio-serial\n\
        path=/dev/virtio-ports/org.qemu.guest_agent.0\n\
        pidfile=/var/run/qemu-ga.pid\n\
        statedir=/var/run\n\
        verbose=false\n\
        retry-path=false\n\
        block-rpcs=\n\
        allow-rpcs=\n";
    assert_eq!(String::from_utf8(config.dump()).unwrap(), expected);
}

#[test]
fn each_option_and_each_key_changes_its_line() {
    for (word, line) in [
        ("-d", "daemon=true"),
        ("-misa-serial", "method=isa-serial"),
        ("-p/p", "path=/p"),
        ("-l/l", "logfile=/l"),
        ("-f/f", "pidfile=/f"),
        ("-F/F", "fsfreeze-hook=/F"),
        ("-t/t", "statedir=/t"),
        ("-v", "verbose=true"),
        ("-r", "retry-path=true"),
        ("-bx", "block-rpcs=x"),
        ("-ax", "allow-rpcs=x"),
    ] {
        assert!(changed("", &[word]).contains(&line.to_owned()), "{word}");
        assert!(changed(&format!("[general]\n{line}\n"), &[]).contains(&line.to_owned()), "{line}");
    }
}

#[test]
fn the_command_line_wins_over_the_file_and_lists_add_up() {
    let file = "[general]\nmethod=unix-listen\npath=/f\nverbose=true\nblock-rpcs=a,b\nallow-rpcs=x\n\
                fsfreeze-hook=/h\n[other]\nverbose=maybe\n";
    assert_eq!(
        changed(file, &["-p", "/c", "-bc,d", "-a", "y", "-F"]),
        [
            "method=unix-listen",
            "path=/c",
            "fsfreeze-hook=/etc/qemu/fsfreeze-hook",
            "verbose=true",
            "block-rpcs=b,a,d,c",
            "allow-rpcs=x,y"
        ]
    );
}

#[test]
fn lists_are_split_at_commas_only() {
    for (words, expected) in [
        (vec!["-b", "a,b", "-b", "c"], vec!["block-rpcs=b,a,c"]),
        (vec!["-b", ""], vec![]),
        (vec!["--block-rpcs="], vec![]),
        (vec!["-a", "a b, c"], vec!["allow-rpcs=\\sc,a b"]),
        (vec!["-b", "a,,b"], vec!["block-rpcs=b,,a"]),
        (vec!["-b", "help,x"], vec!["block-rpcs=x,help"]),
    ] {
        assert_eq!(changed("", &words), expected, "{words:?}");
    }
}

#[test]
fn options_that_print_act_where_they_stand() {
    for (words, expected) in [
        (vec!["-V", "--bogus"], Ok(Wish::Version)),
        (vec!["-h", "-V"], Ok(Wish::Usage)),
        (vec!["-b", "help"], Ok(Wish::CommandNames)),
        (vec!["-D", "--allow-rpcs=?"], Ok(Wish::CommandNames)),
        (vec!["--bogus", "-V"], Err("unrecognized option '--bogus'".to_owned())),
    ] {
        assert_eq!(read("", &words), expected, "{words:?}");
    }
}

#[test]
fn a_broken_file_is_told_before_anything_else() {
    let problem = "error loading configuration from path: FILE, line 2: key 'verbose' must be true or \
                   false, not 'x'";
    for words in [vec![], vec!["-V"], vec!["--bogus"]] {
        assert_eq!(read("[general]\nverbose=x\n", &words), Err(problem.to_owned()), "{words:?}");
    }
}

#[test]
fn only_a_file_named_by_an_option_must_exist() {
    let absent = Some("/absent".into());
    let given = |words: &[&str]| options::parse(words.iter().map(OsString::from));
    let expected = Config { file: "/absent".into(), ..Config::default() };
    assert_eq!(Config::read(given(&[]), absent.clone()).unwrap(), Wish::Serve(expected));
    for words in [vec!["-c", "/absent"], vec!["--bogus", "-c/dev/null", "--config=/absent"]] {
        let error = Config::read(given(&words), absent.clone()).unwrap_err();
        let expected = "error loading configuration from path: /absent, No such file or directory";
        assert_eq!(error.to_string(), expected);
    }
    let error = Config::read(given(&[]), Some("/".into())).unwrap_err();
    assert_eq!(error.to_string(), "error loading configuration from path: /, Not a regular file");
}

#[test]
fn a_method_without_default_path_needs_one() {
    for (words, expected) in [
        (vec!["-m", "isa-serial"], Some("/dev/ttyS0")),
        (vec!["-m", "unix-listen"], None),
        (vec!["-m", "vsock-listen"], None),
        (vec!["-m", "foo"], None),
        (vec!["-m", ""], None),
        (vec!["-m", "foo", "-p", "x"], Some("x")),
    ] {
        let mut config = config("", &words);
        assert_eq!(config.complete_path().is_ok(), expected.is_some(), "{words:?}");
        assert_eq!(config.path, expected.map(PathBuf::from), "{words:?}");
    }
}

#[test]
fn what_is_dumped_is_read_back() {
    let config = config("", &["-d", "-l", " /a\\b\n", "-bx,y", "-F", "-t", "/t"]);
    let dumped = String::from_utf8(config.dump()).unwrap();
    let mut again = self::config(&dumped, &[]);
    again.block_rpcs.reverse();
    again.file.clone_from(&config.file);
    assert_eq!(again, config);
}

#[test]
fn our_own_keys_are_shown_when_they_say_something() {
    let file = "[freeze]\nfreeze-timeout=0\nhook-timeout=20\nexclude=/a;/b/*\n[general]\nfreeze-timeout=7\n";
    let expected = "\n[freeze]\nfreeze-timeout=30\nexclude=/a;/b/*;/c\nhook-timeout=20\n";
    let mut config = config(file, &["--freeze-timeout=30", "--freeze-exclude", " /c,"]);
    config.complete_path().unwrap();
    let dumped = String::from_utf8(config.dump()).unwrap();
    assert!(dumped.ends_with(expected), "{dumped}");
    let again = self::config(&dumped, &[]);
    assert_eq!(again.freeze, config.freeze);
}

#[test]
fn no_time_means_no_limit() {
    assert_eq!(config("", &[]).freeze.limit, Some(Duration::from_secs(600)));
    assert_eq!(config("[freeze]\nfreeze-timeout=0\nhook-timeout=0\n", &[]).freeze, Rules::default());
}

#[test]
fn what_is_wrong_with_our_own_keys_is_told_with_its_place() {
    for (file, words, expected) in [
        (
            "",
            vec!["--freeze-timeout", "1h"],
            "option '--freeze-timeout' must be a number of seconds, not '1h'",
        ),
        (
            "[freeze]\nhook-timeout=-1\n",
            vec![],
            "error loading configuration from path: FILE, line 2: key 'hook-timeout' must be a number of \
             seconds, not '-1'",
        ),
        (
            "[freeze]\nexclude=/a;/b[\n",
            vec![],
            "error loading configuration from path: FILE, line 2: key 'exclude' has a bad pattern, '/b[': \
             invalid range pattern",
        ),
    ] {
        assert_eq!(read(file, &words).unwrap_err(), expected);
    }
}
