#!/bin/sh
# Installs what the tests of foreign SOAP clients and of the LDAP directory need, as far as this machine allows.
# What cannot be had is reported in one line each, and the tests that need it are skipped. With --long also Mono
# and JAX-WS.

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
wants_long=no
[ "$1" = --long ] && wants_long=yes
is_updated=no

say() {
    echo "tests/clients: $*"
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# Usage: packages WHAT PACKAGE...
packages() {
    what=$1
    shift
    if [ "$(id -u)" != 0 ] || ! has apt-get; then
        say "$what is missing; install $* or the like, as root. Its tests are skipped."
        return
    fi
    if [ $is_updated = no ]; then
        apt-get update >/dev/null 2>&1
        is_updated=yes
    fi
    # The run level keeps Debian from starting daemons: the tests start their own.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >/dev/null 2>&1 ||
        say "$what could not be installed (apt-get install $*). Its tests are skipped."
}

has_php_soap() {
    has php && php -m 2>/dev/null | grep -qix soap
}

# The stamp is a copy of the list of packages that was installed.
has_node_packages() {
    cmp -s "$here/node/package-lock.json" "$here/node/node_modules/.tmsba-installed"
}

node_packages() {
    if ! has npm || [ "$(node -p 'parseInt(process.versions.node) >= 20' 2>/dev/null)" != true ]; then
        say "Node.js 20 or newer with npm is missing; install it. Its tests are skipped."
        return
    fi
    (
        cd "$here/node" &&
            npm ci --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund \
                --fetch-retries=1 --fetch-timeout=60000 >/dev/null 2>&1 &&
            cp package-lock.json node_modules/.tmsba-installed
    ) || say "Node's package soap could not be installed (npm ci). Its tests are skipped."
}

has curl || packages curl curl
{ has slapd || [ -x /usr/sbin/slapd ]; } || packages "OpenLDAP's slapd" slapd
has_php_soap || packages "PHP's SoapClient" php-cli php-soap
has_node_packages || node_packages
if [ $wants_long = yes ]; then
    { has wsdl && has mcs && has mono; } || packages Mono mono-mcs mono-devel
    { has javac && has java; } || packages Java default-jdk-headless
    has wsimport || packages JAX-WS jaxws
fi
exit 0
