//! What a guest is made of.

use crate::{agent::Agent, disk::Disk, initramfs::Initramfs, kernel::Kernel, modules, program};
use anyhow::{Context, Result};
use qga_testkit::cache;
use std::path::Path;

/// The kernel's options: no chatter on the slow serial console, no self-tests, no work-arounds for processors; and a
/// clock whose rate is known. That of the processor's own counter is measured by the kernel at boot, which on a busy
/// machine goes wrong by any factor, and all time-outs in the guest with it.
pub(crate) const KERNEL_OPTIONS: &str = "console=ttyS0 quiet panic=-1 mitigations=off clocksource=hpet tsc=unstable \
                                         no_timer_check cryptomgr.notests";

/// What filesystems ask the kernel for by name. The kernel would have modprobe look for them, which guests lack; newer
/// kernels have some of them built into others.
const CHECKSUMS: [&str; 4] = ["crc32c_generic", "xxhash_generic", "sha256_generic", "blake2b_generic"];

/// The board that QEMU imitates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Board {
    /// Its guest can suspend to RAM only once.
    Q35,
    /// The old one, which suspends as often as wished.
    Pc,
}

/// A guest, described. Changes give it by value, so that a test says in one expression what it needs.
#[derive(Debug, Clone)]
#[must_use = "a layout is no guest until it is started"]
pub struct Layout {
    /// Names the saved state; one layout, one name.
    pub name: &'static str,
    board: Board,
    survives_suspend: bool,
    memory: u32,
    cpus: &'static str,
    disks: Vec<Disk>,
    devices: Vec<&'static str>,
    modules: Vec<&'static str>,
    programs: Vec<&'static str>,
    copies: Vec<&'static str>,
    has_reference: bool,
    files: Vec<(&'static str, u32, &'static str)>,
    absent: Vec<&'static str>,
    kernel_options: &'static str,
    early: &'static str,
    late: &'static str,
    pub(crate) settled: &'static str,
}

impl Layout {
    /// One CPU, no disk, no network, an agent on the virtio-serial port.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            board: Board::Q35,
            survives_suspend: false,
            memory: 256,
            cpus: "1",
            disks: Vec::new(),
            devices: Vec::new(),
            modules: vec!["virtio_pci", "virtio_console"],
            programs: Vec::new(),
            copies: Vec::new(),
            has_reference: false,
            files: Vec::new(),
            absent: Vec::new(),
            kernel_options: "",
            early: "",
            late: "/lab/start-agent",
            settled: "true",
        }
    }

    /// The same under a name of its own, to be changed further.
    pub fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The older board and the packaged kernel: the two that come back from a suspend to RAM again and again.
    pub fn that_suspends(self) -> Self {
        Self { board: Board::Pc, survives_suspend: true, ..self }
    }

    /// So many MiB of memory.
    pub fn memory(self, memory: u32) -> Self {
        Self { memory, ..self }
    }

    /// What follows QEMU's `-smp`.
    pub fn cpus(self, cpus: &'static str) -> Self {
        Self { cpus, ..self }
    }

    /// One more disk.
    pub fn disk(mut self, disk: Disk) -> Self {
        self.disks.push(disk);
        self
    }

    /// Further arguments for QEMU, and the kernel modules for them.
    pub fn devices(mut self, arguments: &[&'static str], modules: &[&'static str]) -> Self {
        self.devices.extend(arguments);
        self.modules.extend(modules);
        self
    }

    /// Copies a program of this machine, told by its name or its path, to the same path.
    pub fn program(mut self, name: &'static str) -> Self {
        self.programs.push(name);
        self
    }

    /// Copies files of this machine to the same paths.
    pub fn copies(mut self, paths: &[&'static str]) -> Self {
        self.copies.extend(paths);
        self
    }

    /// Adds the reference agent and its port; `/lab/start-reference` starts it.
    pub fn with_reference(self) -> Self {
        let port = "virtserialport,bus=serial.0,nr=2,chardev=reference,name=reference";
        let socket = "socket,id=reference,path=reference.sock,server=on,wait=off";
        Self { has_reference: true, ..self.devices(&["-chardev", socket, "-device", port], &[]) }
    }

    /// One more file, with its permissions and content.
    pub fn file(mut self, path: &'static str, permissions: u32, content: &'static str) -> Self {
        self.files.push((path, permissions, content));
        self
    }

    /// Leaves a file out that a guest has otherwise.
    pub fn without(mut self, paths: &[&'static str]) -> Self {
        self.absent.extend(paths);
        self
    }

    /// Shell commands that the guest runs when its modules are loaded and nothing else has begun.
    pub fn early(self, early: &'static str) -> Self {
        Self { early, ..self }
    }

    /// Shell commands that the guest runs when all is mounted, in place of starting the agent.
    pub fn late(self, late: &'static str) -> Self {
        Self { late, ..self }
    }

    /// Further options for the kernel.
    pub fn kernel_options(self, kernel_options: &'static str) -> Self {
        Self { kernel_options, ..self }
    }

    /// A shell command that returns when the guest has come to rest after its boot.
    pub fn settled(self, settled: &'static str) -> Self {
        Self { settled, ..self }
    }

    pub(crate) fn create_disks(&self, directory: &Path) -> Result<()> {
        self.disks.iter().try_for_each(|disk| disk.create(directory))
    }

    pub(crate) fn images(&self) -> impl Iterator<Item = String> {
        self.disks.iter().map(Disk::image)
    }

    /// What QEMU is told. Its working directory is the guest's, so that paths are the same for all guests.
    pub(crate) fn arguments(&self, kernel: &Kernel) -> Result<Vec<String>> {
        let image = if self.survives_suspend { &kernel.packaged } else { &kernel.unpacked };
        let board = match self.board {
            Board::Q35 => "q35",
            Board::Pc => "pc",
        };
        let memory = self.memory.to_string();
        let options = format!("{KERNEL_OPTIONS} {}", self.kernel_options);
        let fixed = [
            &["-accel", "tcg,thread=multi", "-M", board, "-m", &memory, "-smp", self.cpus][..],
            &["-nodefaults", "-no-user-config", "-display", "none"],
            &["-kernel", image.to_str().context("the kernel's path is not UTF-8")?],
            &["-initrd", "initrd", "-append", &options],
            &["-chardev", "file,id=console,path=console.log", "-serial", "chardev:console"],
            &["-chardev", "socket,id=shell,path=shell.sock,server=on,wait=off", "-serial", "chardev:shell"],
            &[
                "-chardev",
                "socket,id=qmp,path=qmp.sock,server=on,wait=off",
                "-mon",
                "chardev=qmp,mode=control",
            ],
            &["-chardev", "socket,id=agent,path=agent.sock,server=on,wait=off"],
            &["-device", "virtio-serial-pci,id=serial", "-device", AGENT_PORT],
            &self.devices,
        ];
        let fixed = fixed.concat().into_iter().map(str::to_owned);
        Ok(fixed.chain(self.disks.iter().flat_map(Disk::arguments)).collect())
    }

    /// The guest's file tree.
    pub(crate) fn initramfs(&self, agent: &Agent, kernel: &Kernel) -> Result<Initramfs> {
        let mut tree = Initramfs::default();
        tree.busybox()?;
        let system = Path::new("/");
        for name in &self.programs {
            let program = program::find(name)?;
            tree.program(&program, &program, system)?;
        }
        for path in &self.copies {
            tree.copy(path, Path::new(path))?;
        }
        if self.has_reference {
            add_reference(&mut tree)?;
        }
        // Last of the programs, so that its libraries win over older ones of the same name.
        tree.program("/usr/sbin/qemu-ga", &agent.program, &agent.root)?;
        add_lab(&mut tree);
        self.add_modules(&mut tree, kernel)?;
        let mounts: String = self.disks.iter().map(Disk::setup).collect();
        tree.file("/lab/early", 0o644, self.early);
        tree.file("/lab/setup", 0o644, format!("{mounts}{}\n", self.late));
        for (path, permissions, content) in &self.files {
            tree.file(path, *permissions, *content);
        }
        for path in &self.absent {
            tree.remove(path);
        }
        Ok(tree)
    }

    fn add_modules(&self, tree: &mut Initramfs, kernel: &Kernel) -> Result<()> {
        let index = modules::Index::read(kernel)?;
        let disks = self.disks.iter().flat_map(Disk::modules);
        let checksums = CHECKSUMS.into_iter().filter(|name| index.has(name));
        let names: Vec<&str> = checksums.chain(self.modules.iter().copied()).chain(disks).collect();
        let mut list = String::new();
        for path in index.in_order(&names)? {
            let name = format!("{}.ko", modules::name(&path));
            tree.file(Path::new("/lib/modules").join(&name), 0o644, index.content(&path)?);
            list.push_str(&name);
            list.push('\n');
        }
        tree.file("/lab/modules", 0o644, list);
        Ok(())
    }

    /// What must be the same for a saved state to fit, apart from the file tree.
    pub(crate) fn fingerprint(&self) -> String {
        format!("{:?} {}", self.disks, self.settled)
    }
}

/// The port of the agent; the name is how the guest finds it.
pub const AGENT_PORT: &str =
    "virtserialport,bus=serial.0,nr=1,chardev=agent,id=agent-port,name=org.qemu.guest_agent.0";

/// The reference agent with libraries and loader of its own, apart from those of the agent under test.
fn add_reference(tree: &mut Initramfs) -> Result<()> {
    let root = cache::debian_root()?;
    let program = root.join("usr/sbin/qemu-ga");
    tree.copy("/reference/qemu-ga", &program)?;
    for (path, file) in program::libraries(&program, &root)? {
        let name = path.file_name().context("a library without a name")?;
        tree.copy(Path::new("/reference").join(name), &file)?;
    }
    tree.file("/lab/start-reference", 0o755, include_str!("../guest/start-reference"));
    Ok(())
}

/// The lab's own scripts, and what every system has.
fn add_lab(tree: &mut Initramfs) {
    for directory in ["/proc", "/sys", "/dev", "/run", "/tmp", "/mnt", "/root", "/var/log", "/etc"] {
        tree.directory(directory);
    }
    tree.link("/var/run", "/run");
    tree.file("/init", 0o755, include_str!("../guest/init"));
    tree.file("/lab/ports", 0o755, include_str!("../guest/ports"));
    tree.file("/lab/shell", 0o755, include_str!("../guest/shell"));
    tree.file("/lab/start-agent", 0o755, include_str!("../guest/start-agent"));
    for name in ["shutdown", "poweroff", "halt", "reboot"] {
        tree.file(Path::new("/sbin").join(name), 0o755, include_str!("../guest/shutdown"));
    }
    tree.file("/etc/passwd", 0o644, "root:x:0:0:root:/root:/bin/sh\n");
    tree.file("/etc/group", 0o644, "root:x:0:\n");
    tree.file("/etc/shadow", 0o600, "root:*:19000::::::\n");
    tree.file("/etc/os-release", 0o644, "ID=lab\nNAME=\"QGA lab\"\nVERSION_ID=1\n");
}
