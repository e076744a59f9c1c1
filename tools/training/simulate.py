# ruff: noqa: E501, SIM905
"""Writes what no openly licensed package holds: log files and record lists.

Everything follows from fixed seeds. The log messages are written after the usual formats of the programs they name;
hosts, people, addresses and numbers are invented.
"""

import datetime
import json
import random
import re
from collections.abc import Callable, Iterator

HOSTS = "web01 web02 db1 node017 node112 gw mail build-04 localhost debian srv-prod-3 ip-10-0-12-57 compute-0-7".split()
USERS = "root alice bob admin deploy postgres jenkins ubuntu www-data git backup maria jsmith nagios hpcuser".split()
FIRST = (
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Thomas Sarah Anna "
    "Maria Hans Peter Julia Pierre Marie Carlos Sofia Luca Giulia Jan Katarzyna Lars Ingrid Wei Yuki Priya Ahmed Fatima Olga"
).split()
LAST = (
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Martinez Anderson Taylor Moore Lee White Harris Clark Lewis Young "
    "Müller Schmidt Weber Dubois Laurent Rossi Ferrari Novak Kowalski Hansen Nilsson Tanaka Chen Singh Khan Silva Santos Ivanov"
).split()
CITIES = [
    *"London Paris Berlin Madrid Rome Vienna Amsterdam Brussels Stockholm Oslo Warsaw Prague Lisbon Dublin Athens Helsinki "
    "Tokyo Beijing Shanghai Mumbai Delhi Sydney Toronto Chicago Boston Seattle Denver Austin Miami Dallas Houston Atlanta".split(),
    "New York",
    "San Francisco",
    "Los Angeles",
    "São Paulo",
    "Mexico City",
    "Buenos Aires",
    "Hong Kong",
    "Cape Town",
]
WORDS = (
    "data user order item product report config cache session queue task worker index event message request response backup "
    "image account payment invoice customer search export import batch job model record metric stats test main core auth api"
).split()
AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{d} Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{d} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{d} "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 1{d}; SM-G99{d}B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "curl/7.88.1",
    "python-requests/2.31.0",
    "Go-http-client/1.1",
    "kube-probe/1.2{d}",
    "Prometheus/2.4{d}.0",
    "-",
]
PATHS = (
    "/ /index.html /favicon.ico /robots.txt /login /logout /api/v1/users /api/v1/users/{n} /api/v1/orders?page={d}&limit=50 "
    "/static/css/main.{h8}.css /static/js/app.{h8}.js /static/img/logo.png /images/{w}-{n}.jpg /search?q={w} /wp-login.php "
    "/admin/ /health /healthz /metrics /graphql /assets/fonts/roboto.woff2 /blog/2024/{mm}/{w}-{w2}/ /products/{n} /cart "
    "/checkout /api/v2/{w}/{uuid} /download/{w}-{d}.{d}.{d}.tar.gz /sitemap.xml /xmlrpc.php /.env /.git/config /about /contact"
).split()

SYSLOG = """
sshd[{pid}]: Accepted publickey for {user} from {ip} port {port} ssh2: RSA SHA256:{b43}
sshd[{pid}]: Accepted password for {user} from {ip} port {port} ssh2
sshd[{pid}]: Failed password for invalid user {user} from {ip} port {port} ssh2
sshd[{pid}]: Failed password for root from {ip} port {port} ssh2
sshd[{pid}]: Invalid user {user} from {ip} port {port}
sshd[{pid}]: Connection closed by authenticating user root {ip} port {port} [preauth]
sshd[{pid}]: Received disconnect from {ip} port {port}:11: Bye Bye [preauth]
sshd[{pid}]: Disconnected from user {user} {ip} port {port}
sshd[{pid}]: pam_unix(sshd:session): session opened for user {user}(uid={uid}) by (uid=0)
sshd[{pid}]: pam_unix(sshd:session): session closed for user {user}
sshd[{pid}]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip}  user=root
sshd[{pid}]: error: kex_exchange_identification: Connection closed by remote host
sshd[{pid}]: error: maximum authentication attempts exceeded for root from {ip} port {port} ssh2 [preauth]
systemd-logind[{pid}]: New session {n} of user {user}.
systemd-logind[{pid}]: Session {n} logged out. Waiting for processes to exit.
systemd-logind[{pid}]: Removed session {n}.
systemd[1]: Started Session {n} of user {user}.
systemd[1]: Starting Daily apt download activities...
systemd[1]: apt-daily.service: Deactivated successfully.
systemd[1]: Finished Daily apt download activities.
systemd[1]: Starting Rotate log files...
systemd[1]: logrotate.service: Succeeded.
systemd[1]: {w}.service: Main process exited, code=exited, status=1/FAILURE
systemd[1]: {w}.service: Failed with result 'exit-code'.
systemd[1]: {w}.service: Scheduled restart job, restart counter is at {d}.
systemd[1]: {w}.service: Consumed {d}.{n}s CPU time.
systemd[1]: Reloading A high performance web server and a reverse proxy server...
systemd[1]: Created slice User Slice of UID {uid}.
systemd[1]: Reached target Multi-User System.
systemd[1]: Stopped target Timers.
systemd[1]: Listening on D-Bus System Message Bus Socket.
systemd[1]: Mounted /boot/efi.
systemd[{pid}]: Reached target Basic System.
CRON[{pid}]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)
CRON[{pid}]: ({user}) CMD (/usr/local/bin/{w}.sh >/dev/null 2>&1)
CRON[{pid}]: (root) CMD (command -v debian-sa1 > /dev/null && debian-sa1 1 1)
CRON[{pid}]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)
CRON[{pid}]: pam_unix(cron:session): session closed for user root
sudo:    {user} : TTY=pts/{d} ; PWD=/home/{user} ; USER=root ; COMMAND=/usr/bin/apt-get update
sudo: pam_unix(sudo:session): session opened for user root(uid=0) by {user}(uid={uid})
su: (to root) {user} on pts/{d}
kernel: [{up}] usb 1-{d}: new high-speed USB device number {d} using xhci_hcd
kernel: [{up}] eth0: Link is Up - 1Gbps/Full - flow control rx/tx
kernel: [{up}] EXT4-fs (sda{d}): mounted filesystem with ordered data mode. Quota mode: none.
kernel: [{up}] [UFW BLOCK] IN=eth0 OUT= MAC={mac}:{mac}:08:00 SRC={ip} DST={ip10} LEN=40 TOS=0x00 PREC=0x00 TTL=2{dd} ID={port} PROTO=TCP SPT={port} DPT=22 WINDOW=1024 RES=0x00 SYN URGP=0
kernel: [{up}] Out of memory: Killed process {pid} ({w}) total-vm:{n}{n}kB, anon-rss:{n}{d}kB, file-rss:{d}kB, shmem-rss:0kB, UID:{uid} pgtables:{n}kB oom_score_adj:0
kernel: [{up}] INFO: task {w}:{pid} blocked for more than 120 seconds.
kernel: [{up}] {w}[{pid}]: segfault at {d} ip 00007f{h8}{h2} sp 00007ffc{h8} error 4 in libc.so.6[7f{h8}000+155000]
kernel: [{up}] TCP: request_sock_TCP: Possible SYN flooding on port 443. Sending cookies.  Check SNMP counters.
kernel: [{up}] nfs: server {host} not responding, still trying
kernel: [{up}] docker0: port {d}(veth{h7}) entered forwarding state
kernel: [{up}] CPU{d}: Core temperature above threshold, cpu clock throttled (total events = {n})
kernel: [{up}] mce: [Hardware Error]: Machine check events logged
NetworkManager[{pid}]: <info>  [{epoch}.{n}] dhcp4 (eth0): state changed new lease, address={ip10}
NetworkManager[{pid}]: <info>  [{epoch}.{n}] device (eth0): state change: ip-config -> ip-check (reason 'none', sys-iface-state: 'managed')
dhclient[{pid}]: DHCPREQUEST for {ip10} on eth0 to {ip10} port 67
dhclient[{pid}]: DHCPACK of {ip10} from {ip10}
dhclient[{pid}]: bound to {ip10} -- renewal in {n}{d} seconds.
dhcpd: DHCPDISCOVER from {mac} via eth1
dbus-daemon[{pid}]: [system] Activating via systemd: service name='org.freedesktop.hostname1' unit='dbus-org.freedesktop.hostname1.service' requested by ':1.{n}' (uid=0 pid={pid} comm="/usr/sbin/NetworkManager --no-daemon")
dbus-daemon[{pid}]: [system] Successfully activated service 'org.freedesktop.hostname1'
chronyd[{pid}]: Selected source {ip} (2.debian.pool.ntp.org)
systemd-timesyncd[{pid}]: Synchronized to time server {ip}:123 (0.debian.pool.ntp.org).
systemd-resolved[{pid}]: Server returned error NXDOMAIN, mitigating potential DNS violation DVE-2018-0001, retrying transaction with reduced feature level UDP.
named[{pid}]: client @0x7f{h8} {ip}#{port} (www.example.com): query: www.example.com IN A +E(0)K ({ip10})
postfix/smtpd[{pid}]: connect from unknown[{ip}]
postfix/smtpd[{pid}]: NOQUEUE: reject: RCPT from unknown[{ip}]: 554 5.7.1 <{user}@example.org>: Relay access denied; from=<{user}@example.com> to=<{user}@example.org> proto=ESMTP helo=<{host}>
postfix/smtpd[{pid}]: disconnect from unknown[{ip}] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4
postfix/cleanup[{pid}]: {H10}: message-id=<{epoch}.{H10}@{host}.example.com>
postfix/qmgr[{pid}]: {H10}: from=<{user}@example.com>, size={n}{d}, nrcpt=1 (queue active)
postfix/smtp[{pid}]: {H10}: to=<{user}@example.org>, relay=mx.example.org[{ip}]:25, delay=0.{dd}, delays=0.02/0.01/0.2/0.{dd}, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {H10})
postfix/qmgr[{pid}]: {H10}: removed
dovecot: imap-login: Login: user=<{user}>, method=PLAIN, rip={ip}, lip={ip10}, mpid={pid}, TLS, session=<{b16}>
dockerd[{pid}]: time="{iso}" level=info msg="Container failed to exit within 10s of signal 15 - using the force" container={h64}
containerd[{pid}]: time="{iso}" level=info msg="starting signal loop" namespace=moby path=/run/containerd/io.containerd.runtime.v2.task/moby/{h64} pid={pid}
kubelet[{pid}]: I{mm}{dd} {time}.{n}{n}    {pid} kubelet.go:{n}] "SyncLoop (PLEG): event for pod" pod="kube-system/{w}-{h8}-{w2}" event=&{{ID:{uuid} Type:ContainerStarted Data:{h64}}}
kubelet[{pid}]: E{mm}{dd} {time}.{n}{n}    {pid} pod_workers.go:{n}] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"{w}\\" with CrashLoopBackOff: \\"back-off 5m0s restarting failed container={w}\\"" pod="default/{w}-{h8}"
slurmd[{pid}]: launch task StepId={n}{d}.0 request from UID:{uid} GID:{uid} HOST:{ip10} PORT:{port}
slurmctld[{pid}]: sched: Allocate JobId={n}{d} NodeList=node[001-0{dd}] #CPUs={n} Partition=normal
slurmctld[{pid}]: _job_complete: JobId={n}{d} WEXITSTATUS 0
slurmctld[{pid}]: error: Nodes node{n} not responding
rsyslogd: [origin software="rsyslogd" swVersion="8.2302.0" x-pid="{pid}" x-info="https://www.rsyslog.com"] rsyslogd was HUPed
snapd[{pid}]: storehelpers.go:{n}: cannot refresh: snap has no updates available: "core20", "lxd", "snapd"
polkitd({user}): Registered Authentication Agent for unix-process:{pid}:{n} (system bus name :1.{n} [/usr/bin/pkttyagent --notify-fd 5 --fallback], object path /org/freedesktop/PolicyKit1/AuthenticationAgent, locale en_US.UTF-8)
smartd[{pid}]: Device: /dev/sda [SAT], SMART Usage Attribute: 194 Temperature_Celsius changed from {dd} to {dd}
audit[{pid}]: AVC apparmor="DENIED" operation="open" profile="/usr/sbin/{w}" name="/proc/{pid}/cmdline" pid={pid} comm="{w}" requested_mask="r" denied_mask="r" fsuid=0 ouid=0
"""

APP = """
INFO|Starting application on port {port}
INFO|Server started, listening on 0.0.0.0:{port}
INFO|Connected to database at {host}:5432/{w}
INFO|Loading configuration from /etc/{w}/config.yaml
INFO|Processing {w} {n} of {n}{d}
INFO|Processed {n} records in {d}.{n} seconds
INFO|Request completed: GET /api/v1/{w}/{n} 200 OK in {n} ms
INFO|User {user} logged in from {ip}
INFO|User {user} logged out
INFO|Job {uuid} finished successfully, duration={n}ms
INFO|Cache hit ratio: {dd}.{d}%, size={n} entries
INFO|Sending email to {user}@example.com
INFO|Uploading file {w}_{n}.csv ({n}{d} bytes) to s3://{w}-bucket/{w2}/
INFO|Shutting down gracefully, waiting for {d} active connections
INFO|Scheduled task '{w}' started
INFO|Received message from topic {w}.{w2}, partition={d}, offset={n}{d}
INFO|Health check passed
DEBUG|SELECT * FROM {w}s WHERE id = {n} LIMIT 1 [{d}.{dd}ms]
DEBUG|Entering function {w}_{w2}() with args: id={n}, limit={dd}
DEBUG|HTTP headers: Content-Type: application/json; charset=utf-8, Content-Length: {n}
DEBUG|Connection pool: active={d}, idle={dd}, waiting=0
DEBUG|Acquired lock on {w}-{n} after {d} ms
WARNING|Slow query detected ({n} ms): SELECT count(*) FROM {w}s WHERE created_at > '{date}'
WARNING|Retrying request to http://{host}:{port}/{w} (attempt {d} of 5)
WARNING|Deprecated option '{w}' is used, please use '{w2}' instead
WARNING|Disk usage on /var is at {dd}%
WARNING|Token for user {user} is about to expire in {dd} minutes
WARNING|Rate limit exceeded for client {ip}
ERROR|Connection refused: {ip10}:{port}
ERROR|Failed to process {w} {uuid}: timeout after 30000 ms
ERROR|Could not open file '/var/lib/{w}/{w2}.db': Permission denied
ERROR|Unhandled exception in worker thread {d}
ERROR|Invalid value for field '{w}': expected integer, got string
ERROR|Unable to connect to redis at {host}:6379, retrying in {d}s
CRITICAL|Out of disk space on device /dev/sda{d}, aborting
"""

ERRORS = """
[{apache}] [core:error] [pid {pid}:tid {n}{n}] [client {ip}:{port}] AH00037: Symbolic link not allowed or link target not accessible: /var/www/html/{w}
[{apache}] [mpm_event:notice] [pid {pid}:tid {n}{n}] AH00489: Apache/2.4.57 (Debian) configured -- resuming normal operations
[{apache}] [php:error] [pid {pid}] [client {ip}:{port}] PHP Fatal error:  Uncaught Error: Call to undefined function {w}() in /var/www/html/{w2}.php:{n}
[{apache}] [authz_core:error] [pid {pid}:tid {n}{n}] [client {ip}:{port}] AH01630: client denied by server configuration: /var/www/html/.htaccess
{slash} [error] {pid}#{pid}: *{n} open() "/usr/share/nginx/html/{w}/{w2}.php" failed (2: No such file or directory), client: {ip}, server: example.com, request: "GET /{w}/{w2}.php HTTP/1.1", host: "www.example.com"
{slash} [error] {pid}#{pid}: *{n} connect() failed (111: Connection refused) while connecting to upstream, client: {ip}, server: _, request: "GET /{w} HTTP/1.1", upstream: "http://127.0.0.1:{port}/{w}", host: "example.com"
{slash} [warn] {pid}#{pid}: *{n} a client request body is buffered to a temporary file /var/cache/nginx/client_temp/00000{n}, client: {ip}, server: example.com, request: "POST /api/{w} HTTP/2.0", host: "example.com"
{slash} [notice] {pid}#{pid}: signal process started
{stamp}.{n} UTC [{pid}] {user}@{w} ERROR:  duplicate key value violates unique constraint "{w}_pkey"
{stamp}.{n} UTC [{pid}] {user}@{w} DETAIL:  Key (id)=({n}) already exists.
{stamp}.{n} UTC [{pid}] {user}@{w} STATEMENT:  INSERT INTO {w} (id, name, created_at) VALUES ($1, $2, $3)
{stamp}.{n} UTC [{pid}] LOG:  checkpoint complete: wrote {n} buffers (0.{d}%); 0 WAL file(s) added, 0 removed, {d} recycled; write={d}.{n} s, sync=0.0{dd} s, total={d}.{n} s; sync files={dd}, longest=0.00{d} s, average=0.00{d} s; distance={n} kB, estimate={n}{d} kB
{stamp}.{n} UTC [{pid}] LOG:  duration: {n}.{n} ms  statement: SELECT * FROM {w} WHERE {w2}_id = {n} ORDER BY created_at DESC LIMIT 20
{stamp}.{n} UTC [{pid}] FATAL:  password authentication failed for user "{user}"
{isoz} {d} [Note] InnoDB: Buffer pool(s) load completed at {stamp}
{isoz} {n} [Warning] Aborted connection {n} to db: '{w}' user: '{user}' host: '{ip10}' (Got timeout reading communication packets)
{pid}:M {redis} * {d} changes in 900 seconds. Saving...
{pid}:M {redis} * Background saving started by pid {pid}
{pid}:C {redis} * DB saved on disk
{pid}:M {redis} # WARNING: 32 bit instance detected but no memory limit set.
I{mm}{dd} {time}.{n}{n} {pid} {w}.cc:{n}] Loaded {n} entries from {w2}
W{mm}{dd} {time}.{n}{n} {pid} {w}_{w2}.go:{n}] watch of *v1.Pod ended with: too old resource version: {n}{n} ({n}{n})
ts={isoz} caller=main.go:{n} level=info component={w} msg="Completed loading of configuration file" filename=/etc/prometheus/prometheus.yml totalDuration={d}.{n}ms
time="{iso}" level=error msg="failed to fetch {w}" error="context deadline exceeded" attempt={d} url="http://{host}:{port}/{w2}"
level=warn ts={isoz} caller=scrape.go:{n} component="scrape manager" scrape_pool={w} target=http://{ip10}:9100/metrics msg="Append failed" err="out of bounds"
<{dd}>1 {isoz} {host} {w} {pid} ID{dd} [exampleSDID@32473 iut="{d}" eventSource="Application" eventID="{n}"] An application event log entry...
{stamp} {ip10} GET /{w}/{w2}.aspx - 443 - {ip} Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64) https://www.example.com/ 200 0 0 {n}
"""

BOOT = """
Linux version 6.1.0-{dd}-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC Debian 6.1.{dd}-1 ({date})
Command line: BOOT_IMAGE=/boot/vmlinuz-6.1.0-{dd}-amd64 root=UUID={uuid} ro quiet
BIOS-provided physical RAM map:
BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable
BIOS-e820: [mem 0x00000000{h8}-0x00000000{h8}] reserved
NX (Execute Disable) protection: active
SMBIOS 2.8 present.
DMI: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2-debian-1.16.2-1 04/01/2014
tsc: Detected {n}{d}.{n} MHz processor
ACPI: RSDP 0x00000000000F{n} 000014 (v00 BOCHS )
ACPI: Early table checksum verification disabled
ACPI: XSDT 0x00000000{h8} 0000{h2} (v01 BOCHS  BXPC     00000001      01000013)
ACPI: FACP 0x00000000{h8} 0000F4 (v03 BOCHS  BXPC     00000001 BXPC 00000001)
ACPI: APIC 0x00000000{h8} 0000{h2} (v03 BOCHS  BXPC     00000001 BXPC 00000001)
ACPI: Reserving FACP table memory at [mem 0x{h8}-0x{h8}]
ACPI: PM-Timer IO Port: 0x608
ACPI: INT_SRC_OVR (bus 0 bus_irq 0 global_irq 2 dfl dfl)
IOAPIC[0]: apic_id 0, version 17, address 0xfec00000, GSI 0-23
x86/fpu: Supporting XSAVE feature 0x001: 'x87 floating point registers'
x86/fpu: xstate_offset[2]:  576, xstate_sizes[2]:  256
x86/PAT: Configuration [0-7]: WB  WC  UC- UC  WB  WP  UC- WT
Movable zone start for each node
Early memory node ranges
  node   0: [mem 0x0000000000001000-0x000000000009efff]
Initmem setup node 0 [mem 0x0000000000001000-0x000000{h8}f]
On node 0, zone DMA: 1 pages in unavailable ranges
PM: hibernation: Registered nosave memory: [mem 0x00000000-0x00000fff]
Booting paravirtualized kernel on KVM
setup_percpu: NR_CPUS:8192 nr_cpumask_bits:{d} nr_cpu_ids:{d} nr_node_ids:1
percpu: Embedded 61 pages/cpu s212992 r8192 d28672 u1048576
kvm-guest: PV spinlocks enabled
Built 1 zonelists, mobility grouping on.  Total pages: {n}{n}
Dentry cache hash table entries: 1048576 (order: 11, 8388608 bytes, linear)
Inode-cache hash table entries: 524288 (order: 10, 4194304 bytes, linear)
mem auto-init: stack:all(zero), heap alloc:on, heap free:off
SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs={d}, Nodes=1
Dynamic Preempt: voluntary
LSM: security= initializing: lsm=lockdown,capability,yama,apparmor,bpf
landlock: Up and running.
Yama: becoming mindful.
AppArmor: AppArmor initialized
cblist_init_generic: Setting adjustable number of callback queues.
Performance Events: Fam17h+ core perfctr, AMD PMU driver.
NMI watchdog: Perf NMI watchdog permanently disabled
x86: Booting SMP configuration:
.... node  #0, CPUs:      #1
cpuidle: using governor ladder
cpuidle: using governor menu
audit: initializing netlink subsys (disabled)
thermal_sys: Registered thermal governor 'step_wise'
HugeTLB: registered 2.00 MiB page size, pre-allocated 0 pages
SCSI subsystem initialized
libata version 3.00 loaded.
usbcore: registered new interface driver usbfs
pps_core: LinuxPPS API ver. 1 registered
PCI: Using host bridge windows from ACPI; if necessary, use "pci=nocrs" and report a bug
ACPI: PCI Root Bridge [PCI0] (domain 0000 [bus 00-ff])
acpi PNP0A08:00: _OSC: OS supports [ExtendedConfig ASPM ClockPM Segments MSI HPX-Type3]
pci_bus 0000:00: root bus resource [io  0x0000-0x0cf7 window]
pci 0000:00:0{d}.0: reg 0x10: [mem 0x{h8}-0x{h8} 64bit pref]
pci 0000:00:0{d}.0: PCI bridge to [bus 0{d}]
VFS: Disk quotas dquot_6.6.0
pnp: PnP ACPI: found {d} devices
Trying to unpack rootfs image as initramfs...
Initialise system trusted keyrings
workingset: timestamp_bits=36 max_order=20 bucket_order=0
zbud: loaded
Key type asymmetric registered
Asymmetric key parser 'x509' registered
Block layer SCSI generic (bsg) driver version 0.4 loaded (major 24{d})
io scheduler mq-deadline registered
Serial: 8250/16550 driver, 4 ports, IRQ sharing enabled
00:03: ttyS0 at I/O 0x3f8 (irq = 4, base_baud = 115200) is a 16550A
loop: module loaded
virtio_blk virtio{d}: [vda] {n}{n} 512-byte logical blocks ({n} GB/{n} GiB)
i8042: PNP: PS/2 Controller [PNP0303:KBD,PNP0f13:MOU] at 0x60,0x64 irq 1,12
mousedev: PS/2 mouse device common for all mice
rtc_cmos 00:04: registered as rtc0
rtc_cmos 00:04: setting system clock to {isoz} ({epoch})
drop_monitor: Initializing network drop monitor service
NET: Registered PF_INET6 protocol family
Segment Routing with IPv6
sched_clock: Marking stable ({n}{n}{n}, {n}{n}{n})->({n}{n}{n}, {n}{n}{n})
registered taskstats version 1
Loading compiled-in X.509 certificates
Loaded X.509 cert 'Debian Secure Boot CA: 6ccece7e4c6c0d1f6149f3dd27dfcc5cbb419ea1'
clk: Disabling unused clocks
Write protecting the kernel read-only data: 26624k
x86/mm: Checked W+X mappings: passed, no W+X pages found.
Zone ranges:
  DMA      [mem 0x0000000000001000-0x0000000000ffffff]
  Normal   [mem 0x0000000100000000-0x000000{h8}fff]
smpboot: Allowing {d} CPUs, 0 hotplug CPUs
Kernel command line: BOOT_IMAGE=/boot/vmlinuz-6.1.0-{dd}-amd64 root=UUID={uuid} ro quiet
Memory: {n}{n}K/{n}{n}K available (14342K kernel code, 2331K rwdata, 9060K rodata, 2796K init, 17404K bss, {n}{d}K reserved, 0K cma-reserved)
rcu: Hierarchical RCU implementation.
Console: colour dummy device 80x25
Calibrating delay loop (skipped), value calculated using timer frequency.. {n}{d}.{dd} BogoMIPS (lpj={n}{n})
Mount-cache hash table entries: {n}{d} (order: 5, 131072 bytes, linear)
Spectre V2 : Mitigation: Retpolines
smp: Bringing up secondary CPUs ...
devtmpfs: initialized
NET: Registered PF_NETLINK/PF_ROUTE protocol family
PCI: Using configuration type 1 for base access
pci 0000:00:1f.{d}: [8086:{h4}] type 00 class 0x0{n}00
pci 0000:0{d}:00.0: BAR 0: assigned [mem 0x{h8}-0x{h8} 64bit pref]
clocksource: Switched to clocksource tsc-early
TCP established hash table entries: {n}{d} (order: 7, 524288 bytes, linear)
Freeing unused kernel image (initmem) memory: {n}K
Run /init as init process
systemd[1]: systemd 252.{dd}-1~deb12u1 running in system mode (+PAM +AUDIT +SELINUX +APPARMOR +IMA +SMACK +SECCOMP +GCRYPT -GNUTLS +OPENSSL +ACL +BLKID +CURL +ELFUTILS +FIDO2 +IDN2 -IDN +IPTC +KMOD +LIBCRYPTSETUP)
systemd[1]: Detected virtualization kvm.
systemd[1]: Set hostname to <{host}>.
scsi {d}:0:0:0: Direct-Access     ATA      Samsung SSD 8{d}0  {H4} PQ: 0 ANSI: 5
sd {d}:0:0:0: [sda] {n}{n} 512-byte logical blocks: ({n} GB/{n} GiB)
sd {d}:0:0:0: [sda] Write cache: enabled, read cache: enabled, doesn't support DPO or FUA
 sda: sda1 sda2 sda3
ata{d}: SATA link up 6.0 Gbps (SStatus 133 SControl 300)
e1000e 0000:00:1f.6 eth0: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: Rx/Tx
input: Power Button as /devices/LNXSYSTM:00/LNXPWRBN:00/input/input{d}
usb 1-{d}: New USB device found, idVendor={h4}, idProduct={h4}, bcdDevice= {d}.00
usb 1-{d}: New USB device strings: Mfr=1, Product=2, SerialNumber=3
hid-generic 0003:{H4}:{H4}.000{d}: input,hidraw{d}: USB HID v1.11 Keyboard [Logitech USB Receiver] on usb-0000:00:14.0-{d}/input0
nvme nvme0: {d}/0/0 default/read/poll queues
EXT4-fs (nvme0n1p{d}): re-mounted. Quota mode: none.
random: crng init done
nvidia: module license 'NVIDIA' taints kernel.
NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.{n}.{dd}  Release Build
audit: type=1400 audit({epoch}.{n}:{d}): apparmor="STATUS" operation="profile_load" profile="unconfined" name="lsb_release" pid={pid} comm="apparmor_parser"
IPv6: ADDRCONF(NETDEV_CHANGE): eth0: link becomes ready
mlx5_core 0000:{h2}:00.0: firmware version: 20.{dd}.{n}
megaraid_sas 0000:{h2}:00.0: FW now in Ready state
"""

TRACEBACKS = [
    """Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/{w}/{w2}.py", line {n}, in {w}
    result = self.{w2}(request, *args, **kwargs)
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/app/{w2}/views.py", line {n}, in get_{w}
    return {w2}.objects.get(id={w}_id)
  File "/app/{w2}/models.py", line {n}, in __getitem__
    raise KeyError(key)
KeyError: '{w}_id'
""",
    """Traceback (most recent call last):
  File "/home/{user}/{w}/main.py", line {n}, in <module>
    main()
  File "/home/{user}/{w}/main.py", line {n}, in main
    data = json.load(open(path))
FileNotFoundError: [Errno 2] No such file or directory: '/home/{user}/{w}/{w2}.json'
""",
    """java.lang.NullPointerException: Cannot invoke "String.length()" because "name" is null
\tat com.example.{w}.service.{W}Service.find{W2}({W}Service.java:{n})
\tat com.example.{w}.controller.{W}Controller.get({W}Controller.java:{n})
\tat java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)
\tat java.base/java.lang.reflect.Method.invoke(Method.java:580)
\tat org.springframework.web.servlet.FrameworkServlet.service(FrameworkServlet.java:885)
\tat org.apache.catalina.core.ApplicationFilterChain.doFilter(ApplicationFilterChain.java:149)
\tat org.apache.tomcat.util.threads.ThreadPoolExecutor$Worker.run(ThreadPoolExecutor.java:659)
\tat java.base/java.lang.Thread.run(Thread.java:1583)
Caused by: java.net.ConnectException: Connection refused
\t... {dd} common frames omitted
""",
    """panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x{d} pc=0x{h6}]

goroutine {n} [running]:
main.(*{W}).{W2}(0xc000{h6}, 0x{d})
\t/go/src/github.com/example/{w}/{w2}.go:{n} +0x{h2}
created by net/http.(*Server).Serve
\t/usr/local/go/src/net/http/server.go:{n} +0x{h3}
""",
    """TypeError: Cannot read properties of undefined (reading '{w}')
    at {W}.{w2} (/app/src/{w}/{w2}.js:{n}:{dd})
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async Server.<anonymous> (/app/node_modules/express/lib/router/index.js:{n}:{dd})
""",
]

SHELL = """
[{dd}%] Building CXX object src/CMakeFiles/{w}.dir/{w2}.cpp.o
[{dd}%] Linking CXX static library lib{w}.a
[100%] Built target {w}
-- The C compiler identification is GNU 12.2.0
-- Detecting CXX compile features - done
-- Found Threads: TRUE
-- Performing Test HAVE_{WW} - Success
-- Configuring done
-- Generating done
-- Build files have been written to: /home/{user}/{w}/build
checking for gcc... gcc
checking whether the C compiler works... yes
checking for {w}.h... yes
checking for {w2} in -l{w}... no
config.status: creating Makefile
make[{d}]: Entering directory '/home/{user}/src/{w}'
make[{d}]: Leaving directory '/home/{user}/src/{w}'
gcc -DHAVE_CONFIG_H -I. -I.. -Wall -Wextra -O2 -g -fPIC -MT {w}.o -MD -MP -MF .deps/{w}.Tpo -c -o {w}.o {w}.c
g++ -std=c++17 -O3 -march=native -Wall -o {w} {w}.o {w2}.o -lm -lpthread
{w}.c: In function '{w2}':
{w}.c:{n}:{dd}: warning: unused variable 'i' [-Wunused-variable]
{w}.c:{n}:{dd}: warning: comparison of integer expressions of different signedness: 'int' and 'size_t' [-Wsign-compare]
{w}.cpp:{n}:{dd}: error: '{w2}' was not declared in this scope
/usr/bin/ld: cannot find -l{w}: No such file or directory
collect2: error: ld returned 1 exit status
make: *** [Makefile:{n}: {w}] Error 1
Collecting {w}>={d}.{d}.{d}
  Downloading {w}-{d}.{dd}.{d}-py3-none-any.whl ({dd} kB)
Requirement already satisfied: {w} in /usr/lib/python3/dist-packages (from -r requirements.txt (line {d})) ({d}.{dd}.{d})
Successfully installed {w}-{d}.{d}.{d} {w2}-{d}.{dd}.0
added {n} packages, and audited {n} packages in {dd}s
npm warn deprecated {w}@{d}.{d}.{d}: this package is no longer supported
tests/test_{w}.py::test_{w2}_{w} PASSED                                  [ {dd}%]
tests/test_{w}.py::test_{w2} FAILED                                      [ {dd}%]
E       AssertionError: assert {n} == {n}
========================= {d} failed, {n} passed, {d} warnings in {dd}.{dd}s =========================
Step {d}/{dd} : RUN apt-get update && apt-get install -y --no-install-recommends {w}
 ---> Running in {h12}
Removing intermediate container {h12}
Successfully tagged {w}:latest
remote: Counting objects: 100% ({n}/{n}), done.
Receiving objects: 100% ({n}/{n}), {d}.{dd} MiB | {dd}.{dd} MiB/s, done.
   Compiling {w} v0.{d}.{dd}
    Finished release [optimized] target(s) in {dd}.{dd}s
ok  \tgithub.com/example/{w}/{w2}\t{d}.{n}s
Get:{d} http://deb.debian.org/debian bookworm/main amd64 {w} amd64 {d}.{d}.{d}-{d} [{n} kB]
Selecting previously unselected package {w}.
Preparing to unpack .../{dd}-{w}_{d}.{dd}-{d}_amd64.deb ...
Unpacking {w} ({d}.{dd}-{d}) ...
Setting up {w} ({d}.{dd}-{d}) ...
Processing triggers for man-db (2.11.2-2) ...
"""


def _fields(rng: random.Random, when: datetime.datetime, common: dict[str, str]) -> dict[str, str]:
    """Values for the placeholders of one line."""
    digits = "0123456789abcdef"

    def hexadecimal(count: int) -> str:
        return "".join(rng.choices(digits, k=count))

    def base64(count: int) -> str:
        return "".join(
            rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", k=count)
        )

    word, other = rng.choice(WORDS), rng.choice(WORDS)
    made = {
        "pid": str(rng.randrange(300, 65000)), "port": str(rng.choice([80, 443, 5000, 8080, rng.randrange(30000, 65535)])),
        "user": rng.choice(USERS), "uid": str(rng.choice([0, 33, 1000, 1001, rng.randrange(1000, 9999)])),
        "n": str(int(10 ** rng.uniform(1, 4))), "d": str(rng.randrange(10)), "dd": f"{rng.randrange(10, 100)}",
        "ip10": f"10.0.{rng.randrange(4)}.{rng.randrange(1, 255)}" if rng.random() < 0.5 else f"192.168.1.{rng.randrange(1, 255)}",
        "mac": ":".join(hexadecimal(2) for _ in range(6)), "w": word, "w2": other, "W": word.title(), "W2": other.title(),
        "WW": word.upper(), "uuid": "-".join(hexadecimal(k) for k in (8, 4, 4, 4, 12)), "b43": base64(43), "b16": base64(16),
        "H10": hexadecimal(10).upper(), "H4": hexadecimal(4).upper(), "v": str(rng.randrange(90, 128)),
        "epoch": str(int(when.timestamp())), "iso": when.strftime("%Y-%m-%dT%H:%M:%S.%f000Z"), "host": rng.choice(HOSTS),
        "isoz": when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z", "mm": when.strftime("%m"),
        "date": when.strftime("%Y-%m-%d"), "time": when.strftime("%H:%M:%S"), "stamp": when.strftime("%Y-%m-%d %H:%M:%S"),
        "slash": when.strftime("%Y/%m/%d %H:%M:%S"), "redis": when.strftime("%d %b %Y %H:%M:%S.") + f"{when.microsecond // 1000:03}",
        "apache": when.strftime("%a %b %d %H:%M:%S.%f %Y"), "up": f"{(when.timestamp() % 1e6):.6f}".rjust(13),
    }  # fmt: skip
    made["ip"] = rng.choice(common["addresses"].split())
    made |= {f"h{count}": hexadecimal(count) for count in (2, 3, 4, 6, 7, 8, 12, 64)}
    return made


class Clock:
    """Time that moves on by irregular steps."""

    def __init__(self, rng: random.Random, mean_seconds: float) -> None:
        self.rng = rng
        self.mean = mean_seconds
        self.now = datetime.datetime(
            2015 + rng.randrange(11), 1, 1, tzinfo=datetime.UTC
        ) + datetime.timedelta(seconds=rng.randrange(31_000_000), microseconds=rng.randrange(1_000_000))

    def tick(self) -> datetime.datetime:
        """The next moment."""
        self.now += datetime.timedelta(seconds=self.rng.expovariate(1 / self.mean))
        return self.now


def _lines(templates: str) -> list[str]:
    return [line for line in templates.strip("\n").split("\n") if line]


def _filled(template: str, fields: dict[str, str]) -> str:
    text = re.sub(r"(?<!\{)\{(\w+)\}", lambda found: fields.get(found[1], found[0]), template)
    return text.replace("{{", "{").replace("}}", "}")


def _log(
    rng: random.Random,
    size: int,
    make: Callable[[random.Random, datetime.datetime, dict[str, str]], str],
    mean: float,
) -> str:
    common = {
        "addresses": " ".join(
            f"{rng.randrange(1, 224)}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
            for _ in range(8)
        )
    }
    clock = Clock(rng, mean)
    out: list[str] = []
    length = 0
    while length < size:
        when = clock.tick()
        line = make(rng, when, _fields(rng, when, common))
        out.append(line)
        length += len(line) + 1
    return "\n".join(out) + "\n"


def _some(rng: random.Random, templates: str, count: int) -> list[str]:
    """The messages that one file repeats, in the manner of a machine with a few services."""
    lines = _lines(templates)
    return rng.sample(lines, min(count, len(lines)))


def syslog(rng: random.Random, size: int) -> str:
    """A system log with traditional or ISO time stamps."""
    host, messages, modern = rng.choice(HOSTS), _some(rng, SYSLOG, 24), rng.random() < 0.4

    def line(rng: random.Random, when: datetime.datetime, fields: dict[str, str]) -> str:
        stamp = (
            when.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
            if modern
            else f"{when:%b} {when.day:2} {when:%H:%M:%S}"
        )
        return f"{stamp} {host} {_filled(rng.choice(messages), fields)}"

    return _log(rng, size, line, 20)


def access(rng: random.Random, size: int) -> str:
    """A web server's access log in common or combined format."""
    agents = [
        _filled(agent, {"v": str(rng.randrange(90, 128)), "d": str(rng.randrange(10))}) for agent in AGENTS
    ]
    combined = rng.random() < 0.8

    def line(rng: random.Random, when: datetime.datetime, fields: dict[str, str]) -> str:
        path = _filled(rng.choice(PATHS), fields)
        method = rng.choices(["GET", "POST", "HEAD", "PUT", "OPTIONS", "DELETE"], [80, 12, 3, 2, 1, 1])[0]
        status = rng.choices(
            [200, 304, 301, 302, 404, 403, 500, 401, 206, 502, 204], [70, 8, 3, 4, 8, 2, 1, 2, 1, 1, 2]
        )[0]
        size = 0 if status in (304, 204) else int(10 ** rng.uniform(2, 5))
        user = rng.choice(["-"] * 9 + [fields["user"]])
        text = f'{fields["ip"]} - {user} [{when:%d/%b/%Y:%H:%M:%S} +0000] "{method} {path} HTTP/{rng.choice(["1.1", "1.1", "1.0", "2.0"])}" {status} {size}'
        if combined:
            referrer = rng.choice(
                [
                    "-",
                    "-",
                    "https://www.example.com/",
                    f"https://www.example.com{path}",
                    "https://www.google.com/",
                ]
            )
            text += f' "{referrer}" "{rng.choice(agents)}"'
        return text

    return _log(rng, size, line, 3)


def application(rng: random.Random, size: int) -> str:
    """An application's own log in one of the usual layouts of Python, Java, Go and Node programs."""
    layout = rng.randrange(8)
    modules = [f"{rng.choice(WORDS)}.{rng.choice(WORDS)}" for _ in range(6)]
    messages = [line.split("|", 1) for line in _some(rng, APP, 16)]

    def line(rng: random.Random, when: datetime.datetime, fields: dict[str, str]) -> str:
        level, message = rng.choice(messages)
        message = _filled(message, fields)
        module = rng.choice(modules)
        milli = f"{when.microsecond // 1000:03}"
        stamp = f"{when:%Y-%m-%d %H:%M:%S}"
        if level == "ERROR" and rng.random() < 0.1:
            message += "\n" + _filled(rng.choice(TRACEBACKS), fields).rstrip("\n")
        return [
            f"{stamp},{milli} - {module} - {level} - {message}",
            f"{stamp},{milli} {level:8} [{module}] {message}",
            f"{stamp}.{milli} {level.replace('WARNING', 'WARN'):>5} {fields['pid']} --- [nio-8080-exec-{fields['d']}] c.example.{module:24} : {message}",
            f"{stamp},{milli} {level} [main] com.example.{module.title()}: {message}",
            f"[{stamp}] {level}: {message}",
            f"[{when:%Y-%m-%dT%H:%M:%S}.{milli}Z] [{level}] {module} - {message}",
            f"{level}:{module}:{message}",
            f"{when:%H:%M:%S}.{milli} [{module}] {level} {message}",
        ][layout]

    return _log(rng, size, line, 2)


def json_log(rng: random.Random, size: int) -> str:
    """JSON lines: application logs, events, API requests."""
    layout = rng.randrange(6)
    messages = [line.split("|", 1) for line in _some(rng, APP, 16)]

    def line(rng: random.Random, when: datetime.datetime, fields: dict[str, str]) -> str:
        level, message = rng.choice(messages)
        message = _filled(message, fields)
        number = int(fields["n"])
        record: dict[str, object] = [
            {"level": 30, "time": int(when.timestamp() * 1000), "pid": int(fields["pid"]), "hostname": "web01", "req": {"id": number, "method": "GET", "url": f"/api/{fields['w']}/{number}", "remoteAddress": fields["ip"], "remotePort": int(fields["port"])}, "res": {"statusCode": 200}, "responseTime": number % 300, "msg": "request completed"},
            {"timestamp": fields["isoz"], "level": level.lower(), "logger": fields["w"], "message": message, "thread": "main", "request_id": fields["uuid"], "user_id": number},
            {"ts": round(when.timestamp(), 6), "level": level.lower(), "caller": f"{fields['w']}/{fields['w2']}.go:{number}", "msg": message, "duration": number / 1000},
            {"@timestamp": fields["isoz"], "@version": "1", "message": message, "logger_name": f"com.example.{fields['w']}", "thread_name": f"http-nio-8080-exec-{fields['d']}", "level": level, "level_value": 20000, "host": fields["host"], "tags": [fields["w"], "production"]},
            {"log": message + "\n", "stream": rng.choice(["stdout", "stderr"]), "time": fields["iso"], "kubernetes": {"namespace_name": "default", "pod_name": f"{fields['w']}-{fields['h8']}", "container_name": fields["w"], "labels": {"app": fields["w"]}}},
            {"time": fields["iso"], "remote_addr": fields["ip"], "request_method": "GET", "request_uri": f"/{fields['w']}/{number}", "status": 200, "body_bytes_sent": number * 7, "request_time": 0.012, "http_referrer": "", "http_user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"},
        ][layout]  # fmt: skip
        return json.dumps(record, separators=(",", ":") if layout in (0, 2) else (", ", ": "))

    return _log(rng, size, line, 1)


def service_errors(rng: random.Random, size: int) -> str:
    """Error and server logs of web servers, databases and daemons."""
    messages = _some(rng, ERRORS, 7)
    return _log(rng, size, lambda rng, _when, fields: _filled(rng.choice(messages), fields), 30)


def boot(rng: random.Random, _size: int) -> str:
    """The kernel's messages after a boot."""
    seconds = 0.0
    out: list[str] = []
    for number, template in enumerate(_lines(BOOT)):
        for _ in range(rng.choice([1, 1, 1, 2, 3]) if number > 20 else 1):
            seconds += rng.expovariate(12)
            out.append(
                f"[{seconds:12.6f}] {_filled(template, _fields(rng, datetime.datetime.fromtimestamp(1.7e9, datetime.UTC), {'addresses': '10.0.0.5'}))}"
            )
    return "\n".join(out) + "\n"


def terminal(rng: random.Random, size: int) -> str:
    """What builds, installations and tests print."""
    lines = _lines(SHELL)

    def line(rng: random.Random, _when: datetime.datetime, fields: dict[str, str]) -> str:
        at = rng.randrange(len(lines))
        return "\n".join(_filled(template, fields) for template in lines[at : at + rng.randrange(1, 6)])

    return _log(rng, size, line, 1)


def packages(rng: random.Random, size: int) -> str:
    """dpkg and apt logs."""

    def line(rng: random.Random, when: datetime.datetime, fields: dict[str, str]) -> str:
        name = rng.choice(
            [f"lib{fields['w']}{fields['d']}", f"python3-{fields['w']}", fields["w"], f"{fields['w']}-common"]
        )
        arch = rng.choice(["amd64", "all"])
        old, new = f"{fields['d']}.{fields['dd']}-1", f"{fields['d']}.{fields['dd']}-1+deb12u{fields['d']}"
        stamp = f"{when:%Y-%m-%d %H:%M:%S}"
        if rng.random() < 0.15:
            return (
                f"Start-Date: {stamp.replace(' ', '  ')}\nCommandline: apt-get install -y {name}\nRequested-By: {fields['user']} (1000)\n"
                f"Install: {name}:{arch} ({new}), lib{name}:{arch} ({old}, automatic)\nEnd-Date: {stamp.replace(' ', '  ')}\n"
            )
        return (
            f"{stamp} upgrade {name}:{arch} {old} {new}\n{stamp} status half-configured {name}:{arch} {old}\n"
            f"{stamp} status unpacked {name}:{arch} {old}\n{stamp} status half-installed {name}:{arch} {old}\n"
            f"{stamp} status unpacked {name}:{arch} {new}\n{stamp} configure {name}:{arch} {new} <none>\n"
            f"{stamp} status half-configured {name}:{arch} {new}\n{stamp} status installed {name}:{arch} {new}"
        )

    return _log(rng, size, line, 5)


def cluster_job(rng: random.Random, size: int) -> str:
    """What a job on a cluster prints: the batch system's head, MPI, then steps of a solver or epochs of a training."""
    kind = rng.randrange(5)
    job = rng.randrange(100_000, 9_999_999)
    nodes, tasks = rng.choice([1, 2, 4, 8, 16]), rng.choice([16, 32, 48, 64, 128])
    out = [
        f"SLURM_JOB_ID={job}", f"SLURM_JOB_NODELIST=node[{rng.randrange(100):03}-{rng.randrange(100, 200)}]",
        f"SLURM_NTASKS={nodes * tasks}", f"Job started on {rng.choice(HOSTS)} at Mon Mar  4 09:{rng.randrange(10, 60)}:12 CET 2024",
        f"Running on {nodes} nodes, {tasks} MPI ranks per node, {rng.choice([1, 2, 4, 8])} OpenMP threads per rank",
        "Loading module gcc/12.2.0", "Loading module openmpi/4.1.4", "Loading module cuda/12.2", f"Working directory: /scratch/{rng.choice(USERS)}/run_{rng.randrange(1000):04}",
        f"Reading input file: {rng.choice(WORDS)}.in", f"Grid size: {2 ** rng.randrange(5, 10)} x {2 ** rng.randrange(5, 10)} x {2 ** rng.randrange(5, 10)}",
        f"Total number of cells: {rng.randrange(10**5, 10**8)}", "Initialization complete", "",
    ]  # fmt: skip
    if rng.random() < 0.3:
        out += [
            "slurmstepd: error: *** JOB CANCELLED DUE TO TIME LIMIT ***",
            "MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD",
            "with errorcode 1.",
        ]
    residual, time, loss, step = 1.0, 0.0, rng.uniform(2, 9), 0
    length = 0
    while length < size:
        step += 1
        residual *= rng.uniform(0.8, 1.01)
        time += rng.uniform(0.9e-3, 1.1e-3)
        loss *= rng.uniform(0.95, 1.01)
        if kind == 0:
            line = f"Time step {step:6d}  t = {time:.6e}  dt = {rng.uniform(0.9e-3, 1.1e-3):.6e}  CFL = {rng.uniform(0.2, 0.9):.4f}  residual = {residual:.5e}"
        elif kind == 1:
            line = (
                f"Time = {step}\n\nsmoothSolver:  Solving for Ux, Initial residual = {residual:.10g}, Final residual = {residual / 17:.10g}, No Iterations {rng.randrange(1, 9)}\n"
                f"GAMG:  Solving for p, Initial residual = {residual / 3:.10g}, Final residual = {residual / 300:.10g}, No Iterations {rng.randrange(1, 30)}\n"
                f"time step continuity errors : sum local = {residual / 1e6:.10g}, global = {-residual / 1e8:.10g}, cumulative = {residual / 1e7:.10g}\n"
                f"ExecutionTime = {step * 1.73:.2f} s  ClockTime = {int(step * 1.73)} s\n"
            )
        elif kind == 2:
            line = f"Epoch {step}/100: 100%|██████████| {rng.randrange(100, 999)}/{rng.randrange(100, 999)} [00:{rng.randrange(10, 60)}<00:00, {rng.uniform(5, 30):.2f}it/s] - loss: {loss:.4f} - accuracy: {1 - loss / 10:.4f} - val_loss: {loss * 1.1:.4f} - val_accuracy: {0.98 - loss / 10:.4f} - lr: {1e-3 * 0.97**step:.6f}"
        elif kind == 3:
            line = f"{step * 100:8d} {rng.gauss(300, 4):12.6f} {-rng.gauss(46000, 30):14.4f} {rng.gauss(9000, 20):14.4f} {-rng.gauss(37000, 30):14.4f} {rng.gauss(1, 90):12.4f} {rng.gauss(98000, 50):14.3f}"
        else:
            line = f"[{rng.randrange(nodes * tasks):4d}] rank {rng.randrange(nodes * tasks)} of {nodes * tasks} on node{rng.randrange(200):03}: iter {step:5d} |r| = {residual:.8e} |r|/|b| = {residual / 7:.8e} time {rng.uniform(0.1, 2):.4f} s"
        out.append(line)
        length += len(line) + 1
    out += ["", "Total wall clock time: 0:12:47", "Simulation finished successfully.", f"Job {job} completed"]
    return "\n".join(out) + "\n"


def records(rng: random.Random, size: int) -> str:
    """Lists of people, orders, sensors and places as JSON, JSON lines, CSV, TSV, XML, YAML or SQL."""
    layout = rng.randrange(8)
    clock = Clock(rng, 4000)

    def one(number: int) -> dict[str, object]:
        first, last = rng.choice(FIRST), rng.choice(LAST)
        when = clock.tick()
        which = subject
        if which == 0:
            return {
                "id": number,
                "first_name": first,
                "last_name": last,
                "email": f"{first}.{last}@example.com".lower(),
                "age": rng.randrange(18, 90),
                "city": rng.choice(CITIES),
                "country": rng.choice(["US", "GB", "DE", "FR", "ES", "IT", "PL", "SE", "JP", "BR"]),
                "active": rng.random() < 0.7,
                "created_at": f"{when:%Y-%m-%dT%H:%M:%SZ}",
            }
        if which == 1:
            return {
                "order_id": f"ORD-{rng.randrange(10**6):06}",
                "date": f"{when:%Y-%m-%d}",
                "customer": f"{first} {last}",
                "product": rng.choice(WORDS).title(),
                "quantity": rng.randrange(1, 20),
                "price": round(rng.uniform(1, 900), 2),
                "currency": rng.choice(["USD", "EUR", "GBP"]),
                "status": rng.choice(["pending", "shipped", "delivered", "cancelled"]),
            }
        if which == 2:
            return {
                "timestamp": f"{when:%Y-%m-%d %H:%M:%S}",
                "sensor": f"S{rng.randrange(20):02}",
                "temperature": round(rng.gauss(21, 4), 2),
                "humidity": round(rng.uniform(20, 90), 1),
                "pressure": round(rng.gauss(1013, 9), 2),
                "battery": rng.randrange(101),
            }
        if which == 3:
            return {
                "name": rng.choice(CITIES),
                "latitude": round(rng.uniform(-60, 70), 6),
                "longitude": round(rng.uniform(-180, 180), 6),
                "population": int(10 ** rng.uniform(3, 7)),
                "elevation": rng.randrange(2500),
                "timezone": rng.choice(["Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC"]),
            }
        return {
            "uuid": "-".join("".join(rng.choices("0123456789abcdef", k=k)) for k in (8, 4, 4, 4, 12)),
            "type": rng.choice(WORDS),
            "title": f"{rng.choice(WORDS)} {rng.choice(WORDS)}".title(),
            "description": None,
            "url": f"https://api.example.com/v1/{rng.choice(WORDS)}/{number}",
            "tags": rng.sample(WORDS, 3),
            "score": round(rng.random(), 4),
            "enabled": rng.random() < 0.5,
            "updatedAt": int(when.timestamp()),
        }

    subject = rng.randrange(5)
    start = rng.randrange(1, 5000)
    rows = [one(start + k) for k in range(max(3, size // 130))]
    flat = [
        {key: (";".join(value) if isinstance(value, list) else value) for key, value in row.items()}
        for row in rows
    ]
    if layout in (0, 1):
        wrapped = (
            {"status": "ok", "count": len(rows), "next": None, "previous": None, "results": rows}
            if layout
            else rows
        )
        text = json.dumps(wrapped, indent=rng.choice([2, 4]), ensure_ascii=False)
    elif layout == 2:
        text = json.dumps(rows, separators=(",", ":"))
    elif layout == 3:
        text = "\n".join(json.dumps(row) for row in rows)
    elif layout in (4, 5):
        mark = rng.choice([",", ",", ";", "\t"])
        text = "\n".join(
            [
                mark.join(flat[0]),
                *(mark.join("" if value is None else str(value) for value in row.values()) for row in flat),
            ]
        )
    elif layout == 6:
        body = "\n".join(
            "  <record>\n"
            + "".join(f"    <{key}>{value}</{key}>\n" for key, value in row.items())
            + "  </record>"
            for row in flat
        )
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<records>\n{body}\n</records>'
    else:
        name = rng.choice(WORDS)
        quoted = (
            ", ".join(
                "NULL" if value is None else f"'{value}'" if isinstance(value, str) else str(value)
                for value in row.values()
            )
            for row in flat
        )
        text = "\n".join(
            f"INSERT INTO {name}s ({', '.join(flat[0])}) VALUES ({values});" for values in quoted
        )
    return text[: size * 2] + "\n"


LOGS: list[Callable[[random.Random, int], str]] = [
    boot, packages, terminal, service_errors, cluster_job, json_log, application, access, syslog, application, cluster_job, syslog, access
]  # fmt: skip


def logs(seed: int, count: int, sizes: tuple[int, int]) -> Iterator[str]:
    """Log files of all formats by turns."""
    rng = random.Random(seed)
    for number in range(count):
        yield LOGS[number % len(LOGS)](rng, rng.randrange(*sizes))


def tables(seed: int, count: int, sizes: tuple[int, int]) -> Iterator[str]:
    """Record lists of all shapes."""
    rng = random.Random(seed)
    for _ in range(count):
        yield records(rng, rng.randrange(*sizes))
