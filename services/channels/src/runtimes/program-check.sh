# Tells, for one user, whether programs could start: whether their folders can be entered and their
# programs executed. Run by bash as that user, so that the kernel judges by whatever rules it has;
# builtins only, so that a thousand programs cost no more processes than one. It starts nothing.
#
# Standard input: for each program its number, folder, PATH and name, each ended by NUL. Standard
# output: number, verdict and detail, in the same way.
LC_ALL=C
# Names are taken as they are.
set -f
unset CDPATH

# Looks a name up as exec does. Sets `found`, or `unfit` to a file that cannot be executed.
find_program() {
  local name=$1 path=$2 folder
  found= unfit=
  if [[ $name == */* ]]; then
    try "$name"
    return
  fi
  # An empty entry is the folder itself; the last one would be lost in splitting.
  [[ $path == *: ]] && path+=.
  local IFS=:
  for folder in $path; do
    try "${folder:-.}/$name" && return
  done
}

try() {
  [[ -f $1 && -x $1 ]] && found=$1 && return
  [[ -e $1 ]] && unfit=$1
  return 1
}

# A script starts only if what its first line names can be executed.
check_first_line() {
  local file=$1 path=$2 first= words
  IFS= read -r -n 256 first 2>/dev/null <"$file"
  [[ $first == '#!'* ]] || return
  IFS=$' \t' read -r -a words <<<"${first#'#!'}"
  [[ ${#words[@]} -gt 0 ]] || return
  find_program "${words[0]}" ""
  [[ -z $found ]] && verdict=no_interpreter detail=${words[0]} && return
  [[ ${words[0]} == */env && ${#words[@]} == 2 && ${words[1]} != *=* ]] || return
  find_program "${words[1]}" "$path"
  [[ -z $found ]] && verdict=no_interpreter detail=${words[1]}
}

while IFS= read -r -d '' number && IFS= read -r -d '' folder &&
  IFS= read -r -d '' path && IFS= read -r -d '' program; do
  verdict=ok detail=
  if [[ ! -d $folder ]]; then
    verdict=no_folder
  elif ! cd -- "$folder"; then
    verdict=folder_closed
  else
    find_program "$program" "$path"
    if [[ -n $found ]]; then
      check_first_line "$found" "$path"
    elif [[ -n $unfit ]]; then
      verdict=not_executable detail=$unfit
    else
      verdict=no_program
    fi
  fi
  printf '%s\0%s\0%s\0' "$number" "$verdict" "$detail"
done 2>/dev/null
