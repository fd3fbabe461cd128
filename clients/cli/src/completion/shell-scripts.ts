// What each shell has to be told once. All three ask `hot-backup complete`, and offer files where
// it knows nothing.

const bash = String.raw`_hot_backup() {
  local IFS=$'\n'
  COMPREPLY=($(hot-backup complete -- "${"$"}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _hot_backup hot-backup`;

const zsh = String.raw`#compdef hot-backup
_hot_backup() {
  local -a found
  found=(${"$"}{(f)"$(hot-backup complete -- "${"$"}{(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( $#found )); then compadd -- $found; else _files; fi
}
compdef _hot_backup hot-backup`;

const fish = String.raw`function __hot_backup
  set -l typed (commandline -opc) (commandline -ct)
  hot-backup complete -- $typed[2..-1] 2>/dev/null
end
complete -c hot-backup -a '(__hot_backup)'`;

export const shellScripts: ReadonlyMap<string, string> = new Map(
  Object.entries({ bash, zsh, fish }),
);
