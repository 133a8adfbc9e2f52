import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hasProgram, missing } from '../support/available.ts'
import { isAlive } from '../support/process.ts'

/** Everything that this file makes has a name that begins so and goes on with the id of the process that made it. */
const PREFIX = 'odk'

function ip(...args: string[]): string {
  const done = spawnSync('ip', args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`ip ${args.join(' ')}: ${done.stderr || String(done.error)}`)
  return done.stdout
}

/** Whether tests that need network namespaces must be left out. */
export function noNamespaces(): boolean {
  return missing('root and network namespaces (iproute2)', canMakeNamespaces())
}

let possible: boolean | undefined

function canMakeNamespaces(): boolean {
  if (process.getuid?.() !== 0 || !['ip', 'unshare', 'chroot', 'setpriv', 'nsenter'].every(hasProgram)) return false
  possible ??= (() => {
    const name = `${PREFIX}${process.pid}try`
    const made = spawnSync('ip', ['netns', 'add', name]).status === 0
    const bridged = made && spawnSync('ip', ['-n', name, 'link', 'add', 'try0', 'type', 'bridge']).status === 0
    if (made) spawnSync('ip', ['netns', 'del', name])
    return bridged
  })()
  return possible
}

/** Removes what earlier runs left behind that ended without cleaning up, with the processes in their namespaces. */
export function removeLeftovers(): void {
  for (const line of ip('netns', 'list').split('\n')) {
    const name = line.split(' ')[0] ?? ''
    const owner = Number(/^odk(\d+)\D/.exec(name)?.[1])
    if (owner > 0 && !isAlive(owner)) removeNamespace(name)
  }
  for (const [, bridge = '', owner] of ip('-o', 'link', 'show', 'type', 'bridge').matchAll(
    /^\d+: (odk(\d+)br\d*):/gm,
  )) {
    if (!isAlive(Number(owner))) ip('link', 'del', bridge)
  }
}

function removeNamespace(name: string): void {
  for (const pid of ip('netns', 'pids', name).split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It ended by itself.
    }
  }
  spawnSync('ip', ['netns', 'del', name])
  rmSync(`/etc/netns/${name}`, { recursive: true, force: true })
}

/** A free network of the private range 10.0.0.0/8; the third byte tells the networks of one process apart. */
function freeSubnet(): string {
  const used = ip('-o', '-4', 'addr')
  for (let tries = 0; tries < 500; tries += 1) {
    const subnet = `10.${64 + Math.floor(Math.random() * 128)}.${Math.floor(Math.random() * 256)}`
    if (!used.includes(` ${subnet}.`)) return subnet
  }
  throw new Error('no free network for a bridge')
}

export interface Host {
  readonly name: string
  readonly namespace: string
  readonly address: string
}

/** The beginning of a command line that runs a program of this machine at a host, where the others have their names. */
export function within(host: Host): string[] {
  return ['ip', 'netns', 'exec', host.namespace]
}

let networks = 0

/** A bridge with one network namespace for each host. The machine itself is on it too, with the address `.1`. */
export class Network {
  readonly #bridge: string
  readonly #subnet: string
  readonly #id: number
  readonly #hosts = new Map<string, Host>()

  constructor() {
    removeLeftovers()
    this.#id = networks++
    this.#bridge = `${PREFIX}${process.pid}br${this.#id}`
    this.#subnet = freeSubnet()
    ip('link', 'add', this.#bridge, 'type', 'bridge')
    ip('addr', 'add', `${this.#subnet}.1/24`, 'dev', this.#bridge)
    ip('link', 'set', this.#bridge, 'up')
  }

  get hosts(): readonly Host[] {
    return [...this.#hosts.values()]
  }

  host(name: string): Host {
    const found = this.#hosts.get(name)
    if (found === undefined) throw new Error(`there is no host ${name}`)
    return found
  }

  #outer(host: Host): string {
    return `${PREFIX}${process.pid}v${this.#id}${host.address.split('.').at(-1)}`
  }

  add(name: string): Host {
    const at = this.#hosts.size + 2
    const host = { name, namespace: `${PREFIX}${process.pid}n${this.#id}${at}`, address: `${this.#subnet}.${at}` }
    this.#hosts.set(name, host)
    ip('netns', 'add', host.namespace)
    ip('link', 'add', this.#outer(host), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host.namespace)
    ip('link', 'set', this.#outer(host), 'master', this.#bridge, 'up')
    ip('-n', host.namespace, 'addr', 'add', `${host.address}/24`, 'dev', 'eth0')
    ip('-n', host.namespace, 'link', 'set', 'lo', 'up')
    ip('-n', host.namespace, 'link', 'set', 'eth0', 'up')
    ip('-n', host.namespace, 'route', 'add', 'default', 'via', `${this.#subnet}.1`)
    this.#writeHosts()
    return host
  }

  /** The names of all, for each; written into the files in place, because namespaces have them mounted. */
  #writeHosts(): void {
    const names = this.hosts.map(({ name, address }) => `${address} ${name}\n`).join('')
    for (const { namespace } of this.hosts) {
      mkdirSync(`/etc/netns/${namespace}`, { recursive: true })
      writeFileSync(`/etc/netns/${namespace}/hosts`, `127.0.0.1 localhost\n${names}`)
    }
  }

  hostsFile(host: Host): string {
    return `/etc/netns/${host.namespace}/hosts`
  }

  /** Takes a host off the network, as if its cable was pulled; nobody is told. */
  disconnect(name: string): void {
    ip('link', 'set', this.#outer(this.host(name)), 'down')
  }

  reconnect(name: string): void {
    ip('link', 'set', this.#outer(this.host(name)), 'up')
  }

  /** What `from` sends to `to` is lost on the way: it goes to a hardware address that nobody has. */
  drop(from: string, to: string): void {
    const nowhere = '02:00:00:00:00:fe'
    const { namespace } = this.host(from)
    ip('-n', namespace, 'neigh', 'replace', this.host(to).address, 'lladdr', nowhere, 'dev', 'eth0', 'nud', 'permanent')
  }

  deliver(from: string, to: string): void {
    const { namespace } = this.host(from)
    spawnSync('ip', ['-n', namespace, 'neigh', 'del', this.host(to).address, 'dev', 'eth0'])
  }

  /** Neither hears the other; both still talk to everybody else. */
  part(one: string, other: string): void {
    this.drop(one, other)
    this.drop(other, one)
  }

  join(one: string, other: string): void {
    this.deliver(one, other)
    this.deliver(other, one)
  }

  remove(): void {
    for (const host of this.hosts) {
      spawnSync('ip', ['link', 'del', this.#outer(host)])
      removeNamespace(host.namespace)
    }
    spawnSync('ip', ['link', 'del', this.#bridge])
    this.#hosts.clear()
  }
}

/** Whether the process is stopped by SIGSTOP or waits for a debugger. */
export function isStopped(pid: number): boolean {
  const path = `/proc/${pid}/stat`
  return (
    existsSync(path) && / [tT] /.test(readFileSync(path, 'utf8').slice(readFileSync(path, 'utf8').lastIndexOf(')')))
  )
}
