#!/usr/bin/env bash
# Install the Debian packages whose commands and libraries the suites use; each only if it is missing.
# Where that is not allowed, say what will be left out; with CI=true that is a failure.
set -euo pipefail
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/lib/nagios/plugins"

# command                  package                      what it is needed for
tools="
scanimage                  sane-utils                   scanners
socat                      socat                        room sensors on a serial line
nft                        nftables                     lossy networks
ip                         iproute2                     private networks
ping                       iputils-ping                 network measurements against ping
faketime                   faketime                     steps of the clock
snmpget                    snmp                         SNMP replies against net-snmp
promtool                   prometheus                   the metrics page against Prometheus
prometheus-node-exporter   prometheus-node-exporter     sensors and memory against node_exporter
cupsd                      cups-daemon                  printers of the operating system
lpstat                     cups-client                  printers of the operating system
ippeveprinter              cups-ipp-utils               a real IPP printer of software
avahi-daemon               avahi-daemon                 a real IPP printer of software
check_ping                 monitoring-plugins-basic     comparisons with monitoring-plugins
check_snmp                 monitoring-plugins-standard  comparisons with monitoring-plugins
dig                        bind9-dnsutils               comparisons with monitoring-plugins
openssl                    openssl                      TLS servers
mkfs.ext4                  e2fsprogs                    power cuts
mount                      mount                        power cuts, full disks, sensors
unshare                    util-linux                   private namespaces
git                        git                          rules about the tracked files
smartctl                   smartmontools                disk health
chronyd                    chrony                       the clock against a time server
clamd                      clamav-daemon                antivirus
iptables-nft               iptables                     firewalls
setpriv                    util-linux                   firewalls
gsettings                  libglib2.0-bin               screen locks
utmpdump                   util-linux                   boot records
chromium                   chromium                     the page in a real browser
pdftotext                  poppler-utils                reports as PDF
journalctl                 systemd                      boots in the journal
/lib/systemd/systemd-journal-remote systemd-journal-remote boots in the journal
Xvfb                       xvfb                         the tray in a panel
trayer                     trayer                       the tray in a panel
import                     imagemagick                  the tray in a panel
dbus-daemon                dbus-daemon                  the tray in a panel
xdotool                    xdotool                      pictures of the tray
libEGL.so.1                libegl1                      Qt, for the tray
libGL.so.1                 libgl1                       Qt, for the tray
libfontconfig.so.1         libfontconfig1               Qt, for the tray
libxkbcommon-x11.so.0      libxkbcommon-x11-0           Qt, for the tray
libxcb-cursor.so.0         libxcb-cursor0               Qt, for the tray
libxcb-icccm.so.4          libxcb-icccm4                Qt, for the tray
libxcb-image.so.0          libxcb-image0                Qt, for the tray
libxcb-keysyms.so.1        libxcb-keysyms1              Qt, for the tray
libxcb-render-util.so.0    libxcb-render-util0          Qt, for the tray
libxcb-shape.so.0          libxcb-shape0                Qt, for the tray
libxcb-xkb.so.1            libxcb-xkb1                  Qt, for the tray
"

has() { # a command, or a library by its file name
    case "$1" in
    *.so.*) ldconfig -p | grep -F "$1 (" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

missing=()
while read -r command package purpose; do
    [ -z "$command" ] || has "$command" || missing+=("$package")
done <<<"$tools"

if [ "${#missing[@]}" -gt 0 ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "installing ${missing[*]}"
    apt-get update -qq || true # an old list may still do
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || true
    hash -r
fi

left_out=0
[ "$(id -u)" -eq 0 ] || { left_out=1; echo "LEFT OUT: every test marked root (you are not root)" >&2; }
while read -r command package purpose; do
    if [ -n "$command" ] && ! has "$command"; then
        left_out=1
        echo "LEFT OUT: $purpose (no $command; Debian package $package)" >&2
    fi
done <<<"$tools"

if [ "$left_out" -eq 1 ] && [ "${CI:-}" = true ]; then
    echo "CI may leave nothing out" >&2
    exit 1
fi
