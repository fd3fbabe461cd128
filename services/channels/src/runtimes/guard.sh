# The guard of one run of a channel, run by bash apart from the channels service. It knows when to
# kill and watches a pipe, and kills the channel's process group when that instant comes, or at once
# when the pipe closes: the channels service may be frozen or gone. Builtins only, so that it needs
# no new process to do its work.
#
# First line on standard input: "<process group> <store id> <channel> <run> <kill at>". Every
# further line is a new <kill at>: milliseconds since the boot of the kernel, or "none". "done" ends
# it. It answers every line with one character, so that the service knows of a guard that is frozen.
LC_ALL=C
# A signal to a whole session or terminal is not meant for the guard, and an answer that nobody
# reads any more must not end it.
trap '' HUP INT TERM QUIT PIPE

# Longest wait between two looks at the clock: a machine that was suspended is noticed this soon
# after it wakes.
wait_ms_max=100
# /proc/uptime is rounded down to this.
clock_resolution_ms=10
# A process that forks while it is looked for is found by a later pass; each pass finds what the one
# before missed.
passes_max=100
# Longest time before the instant at which the collecting of stragglers begins. Less than what
# renewals leave of a usual lease, so that a channel in good order is never searched for.
lead_ms_max=400
# How many processes are looked at between two looks at the clock.
batch_size=16

read_clock() {
  local uptime
  read -r uptime _ </proc/uptime
  now_ms=$((10#${uptime/./} * 10))
}

is_due() {
  [[ $kill_at != none ]] && ((now_ms + clock_resolution_ms + $1 >= kill_at))
}

# Waits for a line for as long as nothing is due, and at least for one that is there already.
# Returns 0 with a line, 1 when the pipe is closed, 2 to look again.
await_line() {
  local wait_ms seconds
  if [[ $kill_at == none ]]; then
    read -r line && return 0 || return 1
  fi
  wait_ms=$((kill_at - clock_resolution_ms - now_ms))
  [[ $collected_for != "$kill_at" ]] && wait_ms=$((wait_ms - lead_ms))
  ((wait_ms > wait_ms_max)) && wait_ms=$wait_ms_max
  ((wait_ms < 1)) && wait_ms=1
  printf -v seconds '%d.%03d' $((wait_ms / 1000)) $((wait_ms % 1000))
  read -r -t "$seconds" line
  local status=$?
  # A wait that ends in the middle of a line has taken its beginning; a later look gets the rest.
  partial+=$line
  ((status > 128)) && return 2
  line=$partial partial=
  return "$status"
}

# Processes that left the group (setsid) still carry the marks of their run in their environment.
is_marked() {
  local variables text
  { mapfile -d '' -t variables <"/proc/$1/environ"; } 2>/dev/null || return
  printf -v text '%s\n' "${variables[@]}"
  [[ $text == *"$store_mark"* && $text == *"$channel_mark"* ]] &&
    [[ $text == *"$run_mark"* || $text == *"$check_mark"* ]]
}

# Looks for them shortly before the instant, which a search of all processes would outlast. The next
# search begins as early as this one has taken time.
collect() {
  local entry looked=0 began_ms=$now_ms
  collected=() collected_for=$kill_at
  for entry in /proc/[0-9]*; do
    is_marked "${entry#/proc/}" && collected+=("${entry#/proc/}")
    ((++looked % batch_size == 0)) && read_clock && is_due 0 && break
  done
  read_clock
  lead_ms=$((2 * (now_ms - began_ms + clock_resolution_ms)))
  ((lead_ms > lead_ms_max)) && lead_ms=$lead_ms_max
}

kill_all() {
  local pass entry pid found
  kill -KILL -- "-$pgid"
  for pid in "${collected[@]}"; do is_marked "$pid" && kill -KILL "$pid"; done
  for ((pass = 0; pass < passes_max; pass += 1)); do
    found=
    for entry in /proc/[0-9]*; do
      is_marked "${entry#/proc/}" && kill -KILL "${entry#/proc/}" && found=yes
    done
    [[ -z $found ]] && return
  done
} 2>/dev/null

read -r pgid store channel run kill_at || exit 0
store_mark="HOT_BACKUP_STORE=$store"$'\n'
channel_mark="HOT_BACKUP_CHANNEL=$channel"$'\n'
run_mark="HOT_BACKUP_RUN=$run"$'\n'
check_mark="HOT_BACKUP_RUN=check"$'\n'
lead_ms=$lead_ms_max
collected=() collected_for=
printf .
while read_clock; do
  # When it is time, a guard that was starved may still have newer instants in its pipe.
  if is_due 0; then
    read -r -t 0 || break
  elif is_due "$lead_ms" && [[ $collected_for != "$kill_at" ]]; then
    read -r -t 0 || collect
  fi
  await_line
  case $? in
    0) [[ $line == done ]] && exit 0; kill_at=$line; printf . ;;
    1) break ;;
  esac
done
kill_all
