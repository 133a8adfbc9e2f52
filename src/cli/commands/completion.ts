import { Argument, Command, type Command as CommandType } from 'commander'
import { print } from '../terminal/output.ts'
import { UserError } from '../user-error.ts'
import { withExamples } from './common.ts'
import { COMMANDS } from './names.ts'
import { everyCommand } from './run.ts'

const OTHERS = ['start', 'storage', 'container', 'help']

export function completionCommand(): Command {
  return withExamples(
    new Command('completion')
      .description('print a script that completes commands and options')
      .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
      .action(async (shell: string) => print(scriptFor(shell, await everyCommand()))),
    [
      'completion bash > /etc/bash_completion.d/odradek',
      'completion zsh > /usr/local/share/zsh/site-functions/_odradek',
      'completion fish > ~/.config/fish/completions/odradek.fish',
    ],
  )
}

interface Words {
  /** `topics` or `topics list`. */
  readonly path: string
  readonly words: readonly string[]
}

function wordsOf(commands: readonly CommandType[]): Words[] {
  const found: Words[] = [{ path: '', words: [...Object.keys(COMMANDS), ...OTHERS] }]
  for (const command of commands) {
    found.push({
      path: command.name(),
      words: [...command.commands.map((child) => child.name()), ...optionsOf(command)],
    })
    for (const child of command.commands)
      found.push({ path: `${command.name()} ${child.name()}`, words: optionsOf(child) })
  }
  return found
}

function optionsOf(command: CommandType): string[] {
  return [...command.options.map(({ long, short }) => long ?? short ?? ''), '--help']
}

function scriptFor(shell: string, commands: readonly CommandType[]): string {
  const all = wordsOf(commands)
  if (shell === 'fish') return fish(all)
  if (shell === 'zsh') return `#compdef odradek\nautoload -U +X bashcompinit && bashcompinit\n${bash(all)}`
  if (shell === 'bash') return bash(all)
  throw new UserError('Give bash, zsh or fish.')
}

function bash(all: readonly Words[]): string {
  const cases = all.map(({ path, words }) => `    '${path}') words='${words.join(' ')}' ;;`)
  return `_odradek() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) break ;; esac
    case "$path" in *' '*) break ;; esac
    path="\${path:+$path }$word"
  done
  case "$path" in
${cases.join('\n')}
    *) case "\${path%% *}" in
${all
  .filter(({ path }) => path !== '' && !path.includes(' '))
  .map(({ path, words }) => `      ${path}) words='${words.join(' ')}' ;;`)
  .join('\n')}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _odradek odradek`
}

function fish(all: readonly Words[]): string {
  const lines = all.flatMap(({ path, words }) => {
    const parts = path.split(' ').filter((part) => part !== '')
    const seen = parts.map((part) => `__fish_seen_subcommand_from ${part}`).join('; and ')
    const condition = parts.length === 0 ? '__fish_use_subcommand' : seen
    return words.map((word) =>
      word.startsWith('--')
        ? `complete -c odradek -n '${condition}' -l ${word.slice(2)}`
        : `complete -c odradek -f -n '${condition}' -a ${word}`,
    )
  })
  return lines.join('\n')
}
