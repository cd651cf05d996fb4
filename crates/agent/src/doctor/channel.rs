//! Whether there is the device or the socket by which the host reaches the agent.

use super::finding::Finding;
use crate::config::Config;
use qga_platform::port::{self, Console, Port};
use qga_platform::processes::listening_socket;
use qga_platform::{Root, strerror};
use qga_transport::{Method, VsockAddress};
use std::io;
use std::path::{Path, PathBuf};

const TOPIC: &str = "channel";

/// What was found of the channel.
pub(super) struct Channel {
    pub(super) finding: Finding,
    pub(super) served: Served,
    /// The virtio port, if it is one.
    pub(super) port: Option<String>,
}

/// How it can be known who serves it.
pub(super) enum Served {
    /// It cannot: there is nothing to serve, or nothing that processes hold open.
    Unknown,
    /// Nobody does.
    ByNobody,
    /// Whoever does has this open, as `/proc/ID/fd` shows it.
    Open(PathBuf),
}

impl From<Finding> for Channel {
    fn from(finding: Finding) -> Channel {
        Channel { finding, served: Served::Unknown, port: None }
    }
}

pub(super) fn examine(root: &Root, config: &Config) -> Channel {
    let path = config.path.as_deref().unwrap_or(Path::new(""));
    let method: Method = match config.method.to_string_lossy().parse() {
        Ok(method) => method,
        Err(error) => {
            let known = Method::ALL.map(Method::as_str).join(", ");
            return Finding::problem(TOPIC, error, format_args!("--method is one of {known}")).into();
        }
    };
    let examined = match method {
        Method::VirtioSerial => virtio(root, path),
        Method::IsaSerial => serial(root, path),
        Method::UnixListen => unix(root, path),
        Method::VsockListen => Ok(vsock(root, path).into()),
    };
    examined.unwrap_or_else(|error| {
        let text = format!("cannot look for {}: {}", path.display(), strerror(&error));
        Finding::warning(TOPIC, text, "is sysfs mounted at /sys?").into()
    })
}

fn virtio(root: &Root, path: &Path) -> io::Result<Channel> {
    let ports = port::list(root)?;
    let Some(device) = root.resolve(path)? else {
        return Ok(missing_port(root, path, &ports)?.into());
    };
    let found = ports.into_iter().find(|port| device.ends_with(&port.device));
    let shown = path.display();
    Ok(match found {
        Some(port) => Channel {
            finding: Finding::fine(TOPIC, format_args!("{shown} is there: {}", port.device)),
            served: Served::Open(device),
            port: Some(port.device),
        },
        None => Finding::problem(
            TOPIC,
            format_args!("{shown} is no virtio port"),
            "choose another --path, or the --method that fits it",
        )
        .into(),
    })
}

fn missing_port(root: &Root, path: &Path, ports: &[Port]) -> io::Result<Finding> {
    let shown = path.display();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if let Some(port) = ports.iter().find(|port| port.name == name) {
        return Ok(Finding::problem(
            TOPIC,
            format_args!("{shown} is missing, but the port is there: udev has not made the link"),
            format_args!(
                "udevadm trigger --action=add --subsystem-match=virtio-ports; without udev: --path=/dev/{}",
                port.device
            ),
        ));
    }
    let others: Vec<&str> =
        ports.iter().map(|port| port.name.as_str()).filter(|name| !name.is_empty()).collect();
    if let [other, ..] = others.as_slice() {
        return Ok(Finding::problem(
            TOPIC,
            format_args!("{shown} is missing; the host's ports are called {}", others.join(", ")),
            format_args!("on the host, call it {name}; or here: --path=/dev/virtio-ports/{other}"),
        ));
    }
    let (reason, remedy) = match port::console(root)? {
        Console::Driven => ("the virtio console has no port with a name", on_the_host(&name)),
        Console::WithoutDriver => ("nothing drives the virtio console", "modprobe virtio_console".to_owned()),
        Console::WithoutBus => ("nothing drives virtio devices", "modprobe virtio_pci".to_owned()),
        Console::Missing => ("the host gives this guest no virtio console", on_the_host(&name)),
    };
    Ok(Finding::problem(TOPIC, format_args!("{shown} is missing: {reason}"), remedy))
}

fn on_the_host(name: &str) -> String {
    format!(
        "on the host: libvirt <channel type='unix'><target type='virtio' name='{name}'/></channel>; QEMU \
         -device virtio-serial -device virtserialport,chardev=ID,name={name}; Proxmox qm set ID --agent 1"
    )
}

fn serial(root: &Root, path: &Path) -> io::Result<Channel> {
    let shown = path.display();
    let Some(device) = root.resolve(path)? else {
        let remedy = "choose another --path: dmesg names the serial lines as tty";
        return Ok(Finding::problem(TOPIC, format_args!("{shown} is missing"), remedy).into());
    };
    let name = device.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let finding = match line(root, &name)? {
        Line::None => Finding::problem(
            TOPIC,
            format_args!("{shown} is no serial line"),
            "choose another --path, or the --method that fits it",
        ),
        Line::WithoutHardware => Finding::problem(
            TOPIC,
            format_args!("{shown} has no hardware behind it"),
            "on the host, give the guest a serial line (QEMU -serial); or choose another --path",
        ),
        Line::Console => Finding::problem(
            TOPIC,
            format_args!("the kernel writes its messages to {shown}"),
            format_args!("take console={name} off the kernel's command line, or use another line"),
        ),
        Line::Free => Finding::fine(TOPIC, format_args!("{shown} is there")),
    };
    Ok(Channel { finding, served: Served::Open(device), port: None })
}

/// What a serial line is good for.
enum Line {
    None,
    WithoutHardware,
    Console,
    Free,
}

fn line(root: &Root, name: &str) -> io::Result<Line> {
    /// The type of a line at which the kernel found nothing (`PORT_UNKNOWN`).
    const UNKNOWN: &str = "0";
    let directory = Path::new("/sys/class/tty").join(name);
    if root.entries(&directory)?.is_none() {
        return Ok(Line::None);
    }
    if root.read_text(directory.join("type"))?.is_some_and(|kind| kind.trim() == UNKNOWN) {
        return Ok(Line::WithoutHardware);
    }
    let consoles = root.read_text("/sys/class/tty/console/active")?.unwrap_or_default();
    let is_console = consoles.split_whitespace().any(|console| console == name);
    Ok(if is_console { Line::Console } else { Line::Free })
}

fn unix(root: &Root, path: &Path) -> io::Result<Channel> {
    let shown = path.display();
    let directory = path.parent().unwrap_or(path);
    if !root.is_writable(directory) {
        let text = format!("{shown} cannot be made: {} is missing or not writable", directory.display());
        return Ok(Finding::problem(TOPIC, text, format_args!("mkdir -p {}", directory.display())).into());
    }
    let served = listening_socket(root, path)?.map_or(Served::ByNobody, Served::Open);
    let finding = Finding::fine(TOPIC, format_args!("{shown} can be listened at"));
    Ok(Channel { finding, served, port: None })
}

fn vsock(root: &Root, path: &Path) -> Finding {
    if let Err(error) = path.to_string_lossy().parse::<VsockAddress>() {
        return Finding::problem(TOPIC, error, "--path is CID:PORT; 4294967295:PORT listens on any CID");
    }
    if !root.exists("/dev/vsock") {
        let remedy =
            "modprobe vmw_vsock_virtio_transport; on the host: QEMU -device vhost-vsock-pci,guest-cid=N";
        return Finding::problem(TOPIC, "/dev/vsock is missing: the guest has no vsock", remedy);
    }
    Finding::fine(TOPIC, format_args!("/dev/vsock is there for {}", path.display()))
}
