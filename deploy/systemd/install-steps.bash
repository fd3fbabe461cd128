# The steps of deploy/install, which sets what they read: source_folder, role, server, folder, services, names, prefix,
# arch, certificates, restart, and what a new configuration is asked for.
# shellcheck disable=SC2154 # set there

readonly units=$source_folder/deploy/systemd
readonly unit_folder=/etc/systemd/system

user_of() {
  if [[ $1 == channels ]]; then printf 'hot-backup-channels'; else printf 'hot-backup'; fi
}

program_of() {
  if [[ $1 == console ]]; then printf 'clients/console/src/main.ts'; else printf 'services/%s/src/main.ts' "$1"; fi
}

unit_of() {
  printf 'hot-backup-%s@%s.service' "$1" "$server"
}

# Where the units lead that are here already; nothing where there are none.
installed_prefix() {
  sed -n 's,^ExecStart=\(.*\)/releases/[^/]*/bin/node .*,\1,p' "$unit_folder/hot-backup-channels@.service" 2>/dev/null || true
}

enabled_services() {
  local unit
  for unit in "$unit_folder/hot-backup@$server.target.wants"/hot-backup-*; do
    [[ -L $unit ]] || continue
    unit=${unit##*/hot-backup-}
    printf '%s ' "${unit%%@*}"
  done
}

# All units of a host are of one release: where there is a console already, every release brings its page.
needs_page() {
  [[ $role == console ]] || compgen -G "$unit_folder/hot-backup@*.target.wants/hot-backup-console@*" >/dev/null
}

# The program of this release in a folder of its own, named after its version and content. Sets `release`.
lay_release() {
  local node=$source_folder/node_modules/node-linux-$arch/bin/node
  [[ -x $node ]] || fail "there is no $node: run npm ci in $source_folder first"
  ! needs_page || [[ -f $source_folder/clients/console/dist/index.html ]] ||
    fail "the page is not built: run npx vite build --config clients/console/vite.config.ts in $source_folder first"
  mkdir -p "$prefix/releases"
  local work
  work=$(mktemp -d "$prefix/releases/.new.XXXXXX")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$work'" EXIT
  chmod 755 "$work"
  mkdir -p "$work/bin" "$work/node_modules/@hot-backup"
  cp "$node" "$work/bin/node"
  (cd "$source_folder" && cp --parents package.json LICENSE CHANGELOG.md docs/*.md "$work")
  (cd "$source_folder" && cp -r --parents proto/package.json proto/gen deploy/{certificates,uninstall,systemd} "$work")
  local folder
  while read -r folder; do
    case $folder in
      *node_modules/*) (cd "$source_folder" && cp -r --parents "$folder" "$work") ;;
      proto) ;;
      *) (cd "$source_folder" && cp -r --parents "$folder/package.json" "$folder/src" "$work") ;;
    esac
  done < <("$node" "$source_folder/scripts/production-packages.ts")
  if [[ -d $source_folder/clients/console/dist ]]; then
    (cd "$source_folder" && cp -r --parents clients/console/dist "$work")
  fi
  # Node runs no TypeScript of packages, and nobody debugs them here: half of their size.
  find "$work" -path '*/node_modules/*' -type f -regex '.*\.\([cm]?ts\|map\|md\)' -not -iname 'licen[cs]e*' -delete
  find "$work"/{packages,services,clients} -not -path '*/node_modules/*' \( -name '*.test.ts' -o -name '*.fixture.ts' \) -delete
  ln -s ../../packages/kit "$work/node_modules/@hot-backup/kit"
  ln -s ../../packages/client "$work/node_modules/@hot-backup/client"
  ln -s ../../packages/telemetry "$work/node_modules/@hot-backup/telemetry"
  ln -s ../../proto "$work/node_modules/@hot-backup/proto"
  chmod -R u=rwX,go=rX "$work"
  local version digest
  version=$(sed -n 's/^ *"version": "\([0-9A-Za-z.-]*\)".*/\1/p' "$source_folder/package.json" | head -n 1)
  digest=$(cd "$work" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-12)
  release=$prefix/releases/$version-$digest
  if [[ -d $release ]]; then
    rm -rf "$work"
    say "kept $release"
  else
    mv -T "$work" "$release"
    say "made $release"
  fi
}

make_users() {
  getent group hot-backup >/dev/null || groupadd --system hot-backup
  local name
  for name in hot-backup hot-backup-channels; do
    getent passwd "$name" >/dev/null || useradd --system --gid hot-backup --no-create-home \
      --home-dir /var/lib/hot-backup --shell /usr/sbin/nologin "$name"
  done
}

# The examples have one value for each that is asked for. In two steps, so that no answer is taken for a question.
write_configuration() {
  install -d -m 755 /etc/hot-backup
  install -d -m 750 -g hot-backup "$folder"
  local files=(channels.yaml) file
  [[ $role == primary ]] || files+=(failover.yaml)
  [[ $role != backup ]] || files+=(own-channels.yaml)
  [[ $role != monitor ]] || files=(failover.yaml)
  [[ $role != console ]] || files=()
  for file in "${files[@]}" server.yaml; do
    if [[ -e $folder/$file ]]; then
      say "kept $folder/$file"
      continue
    fi
    sed -e 's/primary-1/\x01/g; s/backup-1/\x02/g; s/monitor-1/\x03/g; s/two-servers/\x04/g' \
      -e 's/backup\.example\.org:[0-9]*/\x05/g; s/ops@example\.org/\x06/g; s,smtp://127\.0\.0\.1:25,\x07,g' \
      -e "s/\x01/$primary/g; s/\x02/$backup/g; s/\x03/$server/g; s/\x04/$group/g" \
      -e "s/\x05/$peer_address/g; s/\x06/$mail_to/g; s,\x07,$smtp,g" \
      "$units/config/${file/#server.yaml/$role.yaml}" >"$folder/.$file"
    chgrp hot-backup "$folder/.$file"
    chmod 640 "$folder/.$file"
    mv -T "$folder/.$file" "$folder/$file"
    say "made $folder/$file"
  done
  [[ $role != console ]] || make_token
}

# What the operator of a new console signs in with. It stays where it is read.
make_token() {
  local token=$folder/console-token
  if [[ -e $token ]]; then
    say "kept $token"
    return
  fi
  (umask 077 && openssl rand -base64 24 >"$folder/.console-token")
  chown hot-backup "$folder/.console-token"
  chmod 400 "$folder/.console-token"
  mv -T "$folder/.console-token" "$token"
  say "made $token"
}

# The leaves of this server, each readable by the user of its service alone. A running service takes them over when the
# link moves.
lay_certificates() {
  local tls=$folder/tls entry=$certificates/$server version leaf
  if [[ -z $certificates ]]; then
    [[ -d $tls/current/ ]] || fail "$server has no certificates: make them where the authority is, with
    deploy/certificates server DIR $server
  bring DIR/$server here, and say --certificates DIR" 2
    return
  fi
  if [[ ! -d $entry/current/ && -f $certificates/ca/ca.key ]]; then
    "$source_folder/deploy/certificates" server "$certificates" "$server" --services "$(IFS=, && printf '%s' "${services[*]}")"
  fi
  [[ -d $entry/current/ ]] || fail "there is no $entry/current: run deploy/certificates server DIR $server" 2
  version=$(basename "$(readlink -f "$entry/current")")
  if [[ $(readlink "$tls/current" 2>/dev/null) == "$version" ]]; then
    say "kept $tls/current"
    return
  fi
  install -d -m 750 -g hot-backup "$tls" "$tls/.$version"
  for leaf in "${services[@]}"; do
    [[ -f $entry/current/$leaf.key ]] || fail "there is no $entry/current/$leaf.key" 2
    install -m 644 "$entry/current/$leaf.crt" "$tls/.$version/"
    install -m 400 -o "$(user_of "$leaf")" "$entry/current/$leaf.key" "$tls/.$version/"
  done
  install -m 644 "$entry/current/ca.crt" "$tls/.$version/"
  if [[ -f $entry/current/allowed.txt ]]; then install -m 644 "$entry/current/allowed.txt" "$tls/.$version/"; fi
  rm -rf "${tls:?}/$version"
  mv -T "$tls/.$version" "$tls/$version"
  ln -sfn "$version" "$tls/.current" && mv -T "$tls/.current" "$tls/current"
  # Keys that are no longer used.
  find "$tls" -mindepth 1 -maxdepth 1 -type d ! -name "$version" -exec rm -rf {} +
  say "made $tls/current -> $version"
}

check_configuration() {
  local service
  for service in "${services[@]}"; do
    runuser -u "$(user_of "$service")" -- "$release/bin/node" "$release/$(program_of "$service")" \
      --config "$folder/server.yaml" --check || fail "$folder/server.yaml cannot be used: nothing was started" 2
  done
}

# From here on whatever starts is of this release. The units name it itself: `current` is for people.
put_in_force() {
  ln -sfn "releases/${release##*/}" "$prefix/.current" && mv -T "$prefix/.current" "$prefix/current"
  local unit
  for unit in "$units"/hot-backup*; do
    sed "s,@RELEASE@,$release,g" "$unit" >"$unit_folder/${unit##*/}"
  done
  systemctl daemon-reload
  systemctl --quiet enable "hot-backup@$server.target" "${names[@]}"
}

runs_this_release() {
  local pid
  pid=$(systemctl show --property MainPID --value "$1")
  [[ $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") == "$release/"* ]]
}

# A reload ends when the service has been told; its successor comes an instant later.
await_release() {
  local _
  for _ in {1..600}; do
    if runs_this_release "$1" && systemctl --quiet is-active "$1"; then return; fi
    sleep 0.1
  done
  return 1
}

# One after the other, in the order of docs/operations.md: what others need comes first.
start_services() {
  local service unit verb
  for service in notify channels monitor heartbeat console; do
    [[ " ${services[*]} " == *" $service "* ]] || continue
    unit=$(unit_of "$service")
    verb=start
    if systemctl --quiet is-active "$unit"; then
      if runs_this_release "$unit"; then
        say "kept $unit, which runs"
        continue
      fi
      if [[ $restart == no ]]; then
        say "left $unit as it is, which runs an older release"
        continue
      fi
      verb=restart
      [[ $service != heartbeat ]] || verb=reload
    fi
    if ! systemctl "$verb" "$unit" || ! await_release "$unit"; then
      fail "cannot $verb $unit: journalctl -u $unit says why"
    fi
    say "$verb $unit: done"
  done
  systemctl start "hot-backup@$server.target"
}

# Of the releases before, the last one stays, for whoever wants to go back, and what is still running.
forget_releases() {
  local old in_use
  in_use=$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' || true)
  while read -r old; do
    [[ $in_use == *"$old/"* ]] || { rm -rf "$old" && say "removed $old"; }
  done < <(find "$prefix/releases" -mindepth 1 -maxdepth 1 -type d ! -path "$release" -printf '%T@ %p\n' | sort -rn |
    tail -n +2 | cut -d ' ' -f 2-)
}

