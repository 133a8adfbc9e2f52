/** As much of a Dockerfile as is needed to run its last stage: what it copies, its environment, user, volumes and commands. */

export interface Image {
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
  /** The part behind `USER`. */
  readonly user: string
  readonly volumes: readonly string[]
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
  readonly healthcheck: readonly string[]
  /** Where in the image a file or folder of the project is, which a stage before may have built in its place. */
  readonly copies: readonly { readonly from: string; readonly to: string }[]
}

interface Stage extends Image {
  readonly name: string
}

interface Instruction {
  readonly name: string
  readonly rest: string
}

/** Lines without comments, continued ones joined. */
function instructions(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !line.trim().startsWith('#'))
  const joined = lines.join('\n').replaceAll(/\\\n/g, ' ')
  return joined.split('\n').flatMap((line) => {
    const match = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line)
    return match ? [{ name: (match[1] ?? '').toUpperCase(), rest: match[2] ?? '' }] : []
  })
}

const EMPTY: Stage = {
  name: '',
  workdir: '/',
  env: {},
  user: 'root',
  volumes: [],
  entrypoint: [],
  cmd: [],
  healthcheck: [],
  copies: [],
}

/** The last stage of a Dockerfile. Throws for an instruction that it would have to guess at. */
export function parseDockerfile(text: string): Image {
  const stages: Stage[] = []
  for (const { name, rest } of instructions(text)) {
    const stage = stages.at(-1)
    if (name === 'FROM') {
      stages.push({ ...EMPTY, name: /\sAS\s+(\S+)$/i.exec(rest)?.[1] ?? '' })
      continue
    }
    if (stage === undefined) {
      if (name === 'ARG') continue
      throw new Error(`${name} stands before FROM`)
    }
    stages[stages.length - 1] = applied(stage, name, rest, stages)
  }
  const last = stages.at(-1)
  if (last === undefined) throw new Error('the Dockerfile has no FROM')
  return last
}

function applied(stage: Stage, name: string, rest: string, stages: readonly Stage[]): Stage {
  switch (name) {
    case 'WORKDIR':
      return { ...stage, workdir: absolute(rest, stage.workdir) }
    case 'ENV':
      return { ...stage, env: { ...stage.env, ...environment(rest) } }
    case 'USER':
      return { ...stage, user: rest }
    case 'VOLUME':
      return { ...stage, volumes: [...stage.volumes, ...commandLine(rest)] }
    case 'ENTRYPOINT':
      return { ...stage, entrypoint: commandLine(rest) }
    case 'CMD':
      return { ...stage, cmd: commandLine(rest) }
    case 'HEALTHCHECK':
      return { ...stage, healthcheck: commandLine(/\bCMD\s+(.*)$/.exec(rest)?.[1] ?? '[]') }
    case 'COPY':
      return { ...stage, copies: [...stage.copies, ...copies(rest, stage, stages)] }
    case 'RUN':
    case 'EXPOSE':
    case 'LABEL':
    case 'ARG':
      return stage
    default:
      throw new Error(`this reader of Dockerfiles does not know ${name}`)
  }
}

function absolute(path: string, workdir: string): string {
  const whole = path.startsWith('/') ? path : `${workdir}/${path}`
  const parts: string[] = []
  for (const part of whole.split('/')) if (part !== '' && part !== '.') parts.push(part)
  return `/${parts.join('/')}`
}

function environment(rest: string): Record<string, string> {
  const pairs = [...rest.matchAll(/([A-Za-z_]\w*)=("([^"]*)"|\S*)/g)]
  return Object.fromEntries(pairs.map(([, name = '', raw = '', quoted]) => [name, quoted ?? raw]))
}

/** The form of a JSON array; the other form would need a shell. */
function commandLine(rest: string): string[] {
  const parsed: unknown = JSON.parse(rest)
  if (!Array.isArray(parsed)) throw new Error(`write ${rest} as a JSON array`)
  return parsed.map(String)
}

/** What is built in an earlier stage has the place in the project that it has in that stage's working directory. */
function copies(rest: string, stage: Stage, stages: readonly Stage[]): Image['copies'] {
  const words = rest.split(/\s+/)
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length)
  const paths = words.filter((word) => !word.startsWith('--'))
  const target = paths.pop() ?? ''
  const base = from === undefined ? '/' : (stages.find((each) => each.name === from)?.workdir ?? '/')
  return paths.map((path) => {
    const source = from === undefined ? absolute(path, '/').slice(1) : absolute(path, base).slice(base.length + 1)
    const isFolder = target.endsWith('/')
    return { from: source, to: absolute(isFolder ? `${target}${path.split('/').at(-1)}` : target, stage.workdir) }
  })
}
