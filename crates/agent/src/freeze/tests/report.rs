use super::*;
use qga_platform::freeze::Filesystems;

#[test]
fn the_report_tells_what_became_of_each_filesystem() {
    let filesystems = fake::Filesystems::default().lacks("/a/sub");
    let exclude = vec![Pattern::new("/c").unwrap()];
    let scene = Scene::with(filesystems, fake::Programs::default());
    let scene = scene.under(Rules { exclude, ..rules() }, None);
    assert!(scene.freeze.account().began.is_none());
    scene.filesystems.freeze(Path::new("/a")).unwrap();
    assert_eq!(scene.freeze(), Ok(1));
    let account = scene.freeze.account();
    let expected = ["/c Skipped", "/a/sub Unsupported", "/a AlreadyFrozen", "/ Frozen since"];
    assert_eq!(told(&account), expected);
    assert!(account.began.is_some() && account.ended.is_none());
    assert_eq!(scene.thaw(), Ok(2));
    let account = scene.freeze.account();
    assert_eq!((account.end, told(&account).len()), (Some(FreezeEnd::Thaw), 4));
    assert!(account.ended.is_some());
}

#[test]
fn the_report_of_a_freeze_that_failed_tells_where_and_why() {
    let scene = Scene::with(fake::Filesystems::default().fails("/a"), fake::Programs::default());
    scene.freeze().unwrap_err();
    let account = scene.freeze.account();
    let failed = "/a Failed: failed to freeze /a: Input/output error";
    assert_eq!(told(&account), ["/c Frozen since", "/a/sub Frozen since", failed, "/ Waiting"]);
    assert_eq!(account.end, Some(FreezeEnd::Failure));
}

/// What the report says: the mount point, what became of it, and why.
fn told(account: &FreezeAccount) -> Vec<String> {
    let line = |entry: &qga_wire::family::freeze::FilesystemFreeze| {
        let since = if entry.since.is_some() { " since" } else { "" };
        let reason = entry.reason.as_ref().map(|reason| format!(": {reason}"));
        format!("{} {:?}{since}{}", entry.mountpoint, entry.outcome, reason.unwrap_or_default())
    };
    account.filesystems.iter().map(line).collect()
}
