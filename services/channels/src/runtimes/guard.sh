# The guard of one channel, run by bash apart from the channels service. It knows when to kill and
# watches a pipe, and kills the channel's process group when that instant comes, or at once when the
# pipe closes: the channels service may be frozen or gone. Builtins only, so that it needs no new
# process to do its work.
#
# First line on standard input: "<process group> <store id> <channel> <kill at>"; it answers
# "ready". Every further line is a new <kill at>: milliseconds since the boot of the kernel, or
# "none". "done" ends it.
LC_ALL=C
# A signal to a whole session or terminal is not meant for the guard.
trap '' HUP INT TERM QUIT

# Longest wait between two looks at the clock: a machine that was suspended is noticed this soon
# after it wakes.
wait_ms_max=100
# /proc/uptime is rounded down to this.
clock_resolution_ms=10
# A process that forks while it is looked for is found by a later pass; each pass finds what the one
# before missed.
passes_max=100

read_clock() {
  local uptime
  read -r uptime _ </proc/uptime
  now_ms=$((10#${uptime/./} * 10))
}

# Waits for a line for as long as nothing is due, and at least for one that is there already.
# Returns 0 with a line, 1 when the pipe is closed, 2 to look again.
await_line() {
  local wait_ms seconds
  if [[ $kill_at == none ]]; then
    read -r line && return 0 || return 1
  fi
  wait_ms=$((kill_at - clock_resolution_ms - now_ms))
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

# Processes that left the group (setsid) still carry the marks of their channel in their
# environment.
kill_stragglers() {
  local pass entry pid variables text found
  for ((pass = 0; pass < passes_max; pass += 1)); do
    found=
    for entry in /proc/[0-9]*/environ; do
      { mapfile -d '' -t variables <"$entry"; } 2>/dev/null || continue
      printf -v text '%s\n' "${variables[@]}"
      if [[ $text == *"$store_mark"* && $text == *"$channel_mark"* ]]; then
        pid=${entry#/proc/}
        kill -KILL "${pid%/environ}" 2>/dev/null && found=yes
      fi
    done
    [[ -z $found ]] && return
  done
}

read -r pgid store channel kill_at || exit 0
store_mark="HOT_BACKUP_STORE=$store"$'\n'
channel_mark="HOT_BACKUP_CHANNEL=$channel"$'\n'
echo ready
while read_clock; do
  # When it is time, a guard that was starved may still have newer instants in its pipe.
  if [[ $kill_at != none ]] && ((now_ms + clock_resolution_ms >= kill_at)); then
    read -r -t 0 || break
  fi
  await_line
  case $? in
    0) [[ $line == done ]] && exit 0; kill_at=$line ;;
    1) break ;;
  esac
done
kill -KILL -- "-$pgid" 2>/dev/null
kill_stragglers
