// What each shell has to be told once. All three ask `hot-backup complete`, and offer files where
// it ends with 0 and says nothing.

const bash = String.raw`_hot_backup() {
  local IFS=$'\n'
  COMPREPLY=($(hot-backup complete -- "${"$"}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)) ||
    compopt +o default 2>/dev/null
}
complete -o default -F _hot_backup hot-backup`;

const zsh = String.raw`#compdef hot-backup
_hot_backup() {
  local told
  told=$(hot-backup complete -- "${"$"}{(@)words[2,CURRENT]}" 2>/dev/null) || return 1
  if [[ -n $told ]]; then compadd -- ${"$"}{(f)told}; else _files; fi
}
if [[ $funcstack[1] == _hot_backup ]]; then
  _hot_backup "$@"
else
  compdef _hot_backup hot-backup
fi`;

const fish = String.raw`function __hot_backup
  set -l before (commandline -opc)
  set -l typed (commandline -ct)
  set -l told (hot-backup complete -- $before[2..-1] "$typed" 2>/dev/null); or return
  if set -q told[1]
    printf '%s\n' $told
  else
    __fish_complete_path "$typed"
  end
end
complete -c hot-backup -f -a '(__hot_backup)'`;

export const shellScripts: ReadonlyMap<string, string> = new Map(
  Object.entries({ bash, zsh, fish }),
);
