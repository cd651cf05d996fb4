# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_qga_global_optspecs
    string join \n c/connect= t/target= all dir= timeout= json format= h/help V/version
end

function __fish_qga_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_qga_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_qga_using_subcommand
    set -l cmd (__fish_qga_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c qga -n "__fish_qga_needs_command" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_needs_command" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_needs_command" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_needs_command" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_needs_command" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_needs_command" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_needs_command" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_needs_command" -s V -l version -d 'Print version'
complete -c qga -n "__fish_qga_needs_command" -f -a "ping" -d 'Ask whether the agent answers, and how fast'
complete -c qga -n "__fish_qga_needs_command" -f -a "list" -d 'Find the guests of this host, and say who answers'
complete -c qga -n "__fish_qga_needs_command" -f -a "info" -d 'Show what the agent knows of the guest, on one screen'
complete -c qga -n "__fish_qga_needs_command" -f -a "os" -d 'Show the guest\'s system and kernel'
complete -c qga -n "__fish_qga_needs_command" -f -a "hostname" -d 'Show the guest\'s name'
complete -c qga -n "__fish_qga_needs_command" -f -a "users" -d 'Show who is logged in'
complete -c qga -n "__fish_qga_needs_command" -f -a "net" -d 'Show the network interfaces with their addresses and counters'
complete -c qga -n "__fish_qga_needs_command" -f -a "routes" -d 'Show the routes'
complete -c qga -n "__fish_qga_needs_command" -f -a "fs" -d 'Show the filesystems and how full they are'
complete -c qga -n "__fish_qga_needs_command" -f -a "disks" -d 'Show the disks'
complete -c qga -n "__fish_qga_needs_command" -f -a "cpus" -d 'Show the processors, or take some into or out of use'
complete -c qga -n "__fish_qga_needs_command" -f -a "load" -d 'Show the load averages'
complete -c qga -n "__fish_qga_needs_command" -f -a "stats" -d 'Show what processors and disks did since the guest started'
complete -c qga -n "__fish_qga_needs_command" -f -a "top" -d 'Watch processors, disks, network and filesystems'
complete -c qga -n "__fish_qga_needs_command" -f -a "memory" -d 'Show the blocks of memory'
complete -c qga -n "__fish_qga_needs_command" -f -a "time" -d 'Show the guest\'s clock, or set it'
complete -c qga -n "__fish_qga_needs_command" -f -a "call" -d 'Send any command, with its arguments as JSON, and print the answer'
complete -c qga -n "__fish_qga_needs_command" -f -a "commands" -d 'List the agent\'s commands'
complete -c qga -n "__fish_qga_needs_command" -f -a "schema" -d 'Show what commands take and answer'
complete -c qga -n "__fish_qga_needs_command" -f -a "repl" -d 'Talk to the agent line by line, with history and completion'
complete -c qga -n "__fish_qga_needs_command" -f -a "doctor" -d 'Find out why an agent does not answer, or what is odd about it'
complete -c qga -n "__fish_qga_needs_command" -f -a "cat" -d 'Print files of the guest'
complete -c qga -n "__fish_qga_needs_command" -f -a "write" -d 'Write standard input to a file of the guest'
complete -c qga -n "__fish_qga_needs_command" -f -a "tail" -d 'Print the last lines of a file of the guest'
complete -c qga -n "__fish_qga_needs_command" -f -a "edit" -d 'Edit a file of the guest'
complete -c qga -n "__fish_qga_needs_command" -f -a "cp" -d 'Copy files to the guest or from it'
complete -c qga -n "__fish_qga_needs_command" -f -a "exec" -d 'Run a program in the guest'
complete -c qga -n "__fish_qga_needs_command" -f -a "freeze" -d 'Freeze the guest\'s filesystems, for as long as a command on this host runs'
complete -c qga -n "__fish_qga_needs_command" -f -a "thaw" -d 'Thaw the guest\'s filesystems'
complete -c qga -n "__fish_qga_needs_command" -f -a "status" -d 'Say whether the guest\'s filesystems are frozen'
complete -c qga -n "__fish_qga_needs_command" -f -a "trim" -d 'Tell the guest\'s disks which blocks are unused'
complete -c qga -n "__fish_qga_needs_command" -f -a "shutdown" -d 'Shut the guest down'
complete -c qga -n "__fish_qga_needs_command" -f -a "reboot" -d 'Restart the guest'
complete -c qga -n "__fish_qga_needs_command" -f -a "halt" -d 'Halt the guest without powering it off'
complete -c qga -n "__fish_qga_needs_command" -f -a "suspend" -d 'Suspend the guest'
complete -c qga -n "__fish_qga_needs_command" -f -a "passwd" -d 'Set a user\'s password'
complete -c qga -n "__fish_qga_needs_command" -f -a "keys" -d 'Show and change the keys that a user may log in with'
complete -c qga -n "__fish_qga_needs_command" -f -a "demo" -d 'Try everything out on an agent of its own, on this machine; harmless, needs no guest'
complete -c qga -n "__fish_qga_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c qga -n "__fish_qga_using_subcommand ping" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand ping" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand ping" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand ping" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand ping" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand ping" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand ping" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand ping" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand list" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand list" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand list" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand list" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand list" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand list" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand list" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand info" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand info" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand info" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand info" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand info" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand info" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand info" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand info" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand os" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand os" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand os" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand os" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand os" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand os" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand os" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand os" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand hostname" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand hostname" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand hostname" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand hostname" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand hostname" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand hostname" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand hostname" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand hostname" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand users" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand users" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand users" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand users" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand users" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand users" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand users" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand users" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand net" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand net" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand net" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand net" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand net" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand net" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand net" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand net" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand routes" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand routes" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand routes" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand routes" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand routes" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand routes" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand routes" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand routes" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand fs" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand fs" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand fs" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand fs" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand fs" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand fs" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand fs" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand fs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand disks" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand disks" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand disks" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand disks" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand disks" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand disks" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand disks" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand disks" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand cpus" -l online -d 'Take these processors into use, such as 1,3-5' -r
complete -c qga -n "__fish_qga_using_subcommand cpus" -l offline -d 'Take these processors out of use' -r
complete -c qga -n "__fish_qga_using_subcommand cpus" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand cpus" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand cpus" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand cpus" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand cpus" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand cpus" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand cpus" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand cpus" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand load" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand load" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand load" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand load" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand load" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand load" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand load" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand load" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand stats" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand stats" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand stats" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand stats" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand stats" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand stats" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand stats" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand top" -s i -l interval -d 'How long from one look to the next' -r
complete -c qga -n "__fish_qga_using_subcommand top" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand top" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand top" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand top" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand top" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand top" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand top" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand top" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand memory" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand memory" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand memory" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand memory" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand memory" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand memory" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand memory" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand memory" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand time" -l set -d 'Set the guest\'s clock first: to this host\'s time (now), to the guest\'s hardware clock (rtc), or to a time such as 2026-01-31T12:00:00Z' -r
complete -c qga -n "__fish_qga_using_subcommand time" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand time" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand time" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand time" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand time" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand time" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand time" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand time" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand call" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand call" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand call" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand call" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand call" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand call" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand call" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand call" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand commands" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand commands" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand commands" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand commands" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand commands" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand commands" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand commands" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand commands" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand schema" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand schema" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand schema" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand schema" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand schema" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand schema" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand schema" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand repl" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand repl" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand repl" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand repl" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand repl" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand repl" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand repl" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand repl" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand doctor" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand doctor" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand doctor" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand doctor" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand doctor" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand doctor" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand doctor" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand cat" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand cat" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand cat" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand cat" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand cat" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand cat" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand cat" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand cat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand write" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand write" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand write" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand write" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand write" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand write" -s a -l append -d 'Write behind what is in the file'
complete -c qga -n "__fish_qga_using_subcommand write" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand write" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand write" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand tail" -s n -l lines -d 'How many lines to begin with' -r
complete -c qga -n "__fish_qga_using_subcommand tail" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand tail" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand tail" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand tail" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand tail" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand tail" -s f -l follow -d 'Go on with what is added to the file, until Ctrl-C'
complete -c qga -n "__fish_qga_using_subcommand tail" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand tail" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand tail" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand edit" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand edit" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand edit" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand edit" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand edit" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand edit" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand edit" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand cp" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand cp" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand cp" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand cp" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand cp" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand cp" -s r -l recursive -d 'Copy directories and what is in them'
complete -c qga -n "__fish_qga_using_subcommand cp" -l resume -d 'Go on where an earlier copy ended'
complete -c qga -n "__fish_qga_using_subcommand cp" -l no-check -d 'Do not compare the copies'
complete -c qga -n "__fish_qga_using_subcommand cp" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand cp" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand cp" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand exec" -s e -l env -d 'Set a variable; then CMD gets these and a PATH, and nothing of the agent\'s own environment' -r
complete -c qga -n "__fish_qga_using_subcommand exec" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand exec" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand exec" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand exec" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand exec" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand exec" -s i -l input -d 'Give CMD what comes from standard input, once that has ended'
complete -c qga -n "__fish_qga_using_subcommand exec" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand exec" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand exec" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand freeze" -l max -d 'How long the guest may stand still: after that it is thawed, and COMMAND is ended' -r
complete -c qga -n "__fish_qga_using_subcommand freeze" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand freeze" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand freeze" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand freeze" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand freeze" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand freeze" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand freeze" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand freeze" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand thaw" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand thaw" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand thaw" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand thaw" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand thaw" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand thaw" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand thaw" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand thaw" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand status" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand status" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand status" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand status" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand status" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand status" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand status" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand trim" -l minimum -d 'Leave free ranges alone that are shorter than this many bytes' -r
complete -c qga -n "__fish_qga_using_subcommand trim" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand trim" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand trim" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand trim" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand trim" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand trim" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand trim" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand trim" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand shutdown" -l max -d 'How long to wait for that' -r
complete -c qga -n "__fish_qga_using_subcommand shutdown" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand shutdown" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand shutdown" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand shutdown" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand shutdown" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand shutdown" -l wait -d 'Wait until it is done: until the agent is gone, and for a reboot until it is back'
complete -c qga -n "__fish_qga_using_subcommand shutdown" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand shutdown" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand shutdown" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand reboot" -l max -d 'How long to wait for that' -r
complete -c qga -n "__fish_qga_using_subcommand reboot" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand reboot" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand reboot" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand reboot" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand reboot" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand reboot" -l wait -d 'Wait until it is done: until the agent is gone, and for a reboot until it is back'
complete -c qga -n "__fish_qga_using_subcommand reboot" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand reboot" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand reboot" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand halt" -l max -d 'How long to wait for that' -r
complete -c qga -n "__fish_qga_using_subcommand halt" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand halt" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand halt" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand halt" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand halt" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand halt" -l wait -d 'Wait until it is done: until the agent is gone, and for a reboot until it is back'
complete -c qga -n "__fish_qga_using_subcommand halt" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand halt" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand halt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand suspend" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand suspend" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand suspend" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand suspend" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand suspend" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand suspend" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand suspend" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand suspend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand passwd" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand passwd" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand passwd" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand passwd" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand passwd" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand passwd" -l crypted -d 'It is hashed already, in a form that the guest knows (crypt(5))'
complete -c qga -n "__fish_qga_using_subcommand passwd" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand passwd" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand passwd" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand keys; and not __fish_seen_subcommand_from list add remove help" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand keys; and not __fish_seen_subcommand_from list add remove help" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand keys; and not __fish_seen_subcommand_from list add remove help" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand keys; and not __fish_seen_subcommand_from list add remove help" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand keys; and not __fish_seen_subcommand_from list add remove help" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand keys; and not __fish_seen_subcommand_from list add remove help" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand keys; and not __fish_seen_subcommand_from list add remove help" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand keys; and not __fish_seen_subcommand_from list add remove help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand keys; and not __fish_seen_subcommand_from list add remove help" -a "list" -d 'Show the keys that the user may log in with'
complete -c qga -n "__fish_qga_using_subcommand keys; and not __fish_seen_subcommand_from list add remove help" -a "add" -d 'Add keys, given here or on standard input, a line each'
complete -c qga -n "__fish_qga_using_subcommand keys; and not __fish_seen_subcommand_from list add remove help" -a "remove" -d 'Remove keys, given here or on standard input, a line each'
complete -c qga -n "__fish_qga_using_subcommand keys; and not __fish_seen_subcommand_from list add remove help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from list" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from list" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from list" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from list" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from list" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from list" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from list" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from add" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from add" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from add" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from add" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from add" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from add" -l reset -d 'Remove all others'
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from add" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from add" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from remove" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from remove" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from remove" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from remove" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from remove" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from remove" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show the keys that the user may log in with'
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "add" -d 'Add keys, given here or on standard input, a line each'
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Remove keys, given here or on standard input, a line each'
complete -c qga -n "__fish_qga_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c qga -n "__fish_qga_using_subcommand demo" -s c -l connect -d 'Where the guest\'s agent is: unix:PATH, vsock:CID:PORT, serial:PATH, pve:VMID, libvirt:[URI/]DOMAIN, or a name that qga list shows [default: what QGA_CONNECT says]' -r
complete -c qga -n "__fish_qga_using_subcommand demo" -s t -l target -d 'Do it on all guests of this host whose name matches, such as \'web*\'; may be repeated' -r
complete -c qga -n "__fish_qga_using_subcommand demo" -l dir -d 'Look for guests\' sockets in this directory instead of the known places; may be repeated' -r -f -a "(__fish_complete_directories)"
complete -c qga -n "__fish_qga_using_subcommand demo" -l timeout -d 'How long each answer of the agent may take [default: 10]' -r
complete -c qga -n "__fish_qga_using_subcommand demo" -l format -d 'How to print' -r -f -a "text\t'For people'
json\t'For programs'"
complete -c qga -n "__fish_qga_using_subcommand demo" -l all -d 'Do it on all guests of this host: those that qga list finds'
complete -c qga -n "__fish_qga_using_subcommand demo" -l json -d 'Print JSON for programs instead of text for people'
complete -c qga -n "__fish_qga_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "ping" -d 'Ask whether the agent answers, and how fast'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "list" -d 'Find the guests of this host, and say who answers'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "info" -d 'Show what the agent knows of the guest, on one screen'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "os" -d 'Show the guest\'s system and kernel'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "hostname" -d 'Show the guest\'s name'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "users" -d 'Show who is logged in'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "net" -d 'Show the network interfaces with their addresses and counters'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "routes" -d 'Show the routes'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "fs" -d 'Show the filesystems and how full they are'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "disks" -d 'Show the disks'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "cpus" -d 'Show the processors, or take some into or out of use'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "load" -d 'Show the load averages'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "stats" -d 'Show what processors and disks did since the guest started'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "top" -d 'Watch processors, disks, network and filesystems'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "memory" -d 'Show the blocks of memory'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "time" -d 'Show the guest\'s clock, or set it'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "call" -d 'Send any command, with its arguments as JSON, and print the answer'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "commands" -d 'List the agent\'s commands'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "schema" -d 'Show what commands take and answer'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "repl" -d 'Talk to the agent line by line, with history and completion'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "doctor" -d 'Find out why an agent does not answer, or what is odd about it'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "cat" -d 'Print files of the guest'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "write" -d 'Write standard input to a file of the guest'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "tail" -d 'Print the last lines of a file of the guest'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "edit" -d 'Edit a file of the guest'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "cp" -d 'Copy files to the guest or from it'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "exec" -d 'Run a program in the guest'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "freeze" -d 'Freeze the guest\'s filesystems, for as long as a command on this host runs'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "thaw" -d 'Thaw the guest\'s filesystems'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "status" -d 'Say whether the guest\'s filesystems are frozen'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "trim" -d 'Tell the guest\'s disks which blocks are unused'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "shutdown" -d 'Shut the guest down'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "reboot" -d 'Restart the guest'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "halt" -d 'Halt the guest without powering it off'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "suspend" -d 'Suspend the guest'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "passwd" -d 'Set a user\'s password'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "keys" -d 'Show and change the keys that a user may log in with'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "demo" -d 'Try everything out on an agent of its own, on this machine; harmless, needs no guest'
complete -c qga -n "__fish_qga_using_subcommand help; and not __fish_seen_subcommand_from ping list info os hostname users net routes fs disks cpus load stats top memory time call commands schema repl doctor cat write tail edit cp exec freeze thaw status trim shutdown reboot halt suspend passwd keys demo help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c qga -n "__fish_qga_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "list" -d 'Show the keys that the user may log in with'
complete -c qga -n "__fish_qga_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "add" -d 'Add keys, given here or on standard input, a line each'
complete -c qga -n "__fish_qga_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "remove" -d 'Remove keys, given here or on standard input, a line each'
