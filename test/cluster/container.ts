import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Finished, run } from '../support/process.ts'
import { Running } from '../support/running.ts'
import type { Service } from './compose-file.ts'
import type { Runnable } from './images.ts'
import type { Host, Network } from './network.ts'
import { SmallDisk } from './small-disk.ts'
import { WrongClock } from './wrong-clock.ts'

/**
 * Runs inside the namespaces of network, mounts and host name: makes the file system that the image would have out of this
 * machine's programs and libraries and the image's own files, then becomes the command. Every step replaces the process, so
 * that its id stays that of the command; the mounts go when it ends.
 */
const BOOT = `
root=$1 uid=$2 workdir=$3 mounts=$4; shift 4
mount -t tmpfs -o mode=755 tmpfs "$root"
cd "$root"
mkdir -p usr etc proc dev tmp opt var mnt
mount --rbind /usr usr
for each in bin sbin lib lib64; do
  if [ -L "/$each" ]; then ln -s "$(readlink "/$each")" "$each"
  elif [ -d "/$each" ]; then mkdir "$each"; mount --rbind "/$each" "$each"; fi
done
mount --rbind /etc etc
mount --rbind /dev dev
mount -t proc proc proc
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs usr/local
printf '%s' "$mounts" | while IFS='	' read -r from to; do
  if [ -d "$from" ]; then mkdir -p ".$to"; else mkdir -p ".$(dirname "$to")"; [ -e ".$to" ] || : > ".$to"; fi
  mount --bind "$from" ".$to"
done
exec chroot . setpriv --reuid "$uid" --regid "$uid" --clear-groups --pdeathsig KILL --inh-caps=-all \\
  sh -c 'cd "$0" && exec "$@"' "$workdir" "$@"
`

export interface Fragility {
  /** The named volumes are disks that can be filled. */
  readonly smallDisks?: boolean
  /** The wall clock can be set wrong. */
  readonly wrongClock?: boolean
}

/** One service of a compose file as a process with a network, file system, user and name of its own. */
export class Container {
  readonly service: Service
  readonly host: Host
  readonly #image: Runnable
  readonly #network: Network
  readonly #scratch: string
  readonly #disks: readonly SmallDisk[]
  readonly #clock: WrongClock | undefined
  #process: Running | undefined

  constructor(service: Service, image: Runnable, network: Network, scratch: string, fragility: Fragility = {}) {
    this.service = service
    this.#image = image
    this.#network = network
    this.#scratch = scratch
    this.host = network.add(service.hostname)
    for (const { from } of this.#volumes()) mkdirSync(from, { recursive: true })
    const named = service.volumes.map(({ target }) => this.path(target))
    this.#disks = fragility.smallDisks === true ? named.map((path) => new SmallDisk(path)) : []
    for (const { from } of this.#volumes()) chownSync(from, image.uid, image.uid)
    this.#clock = fragility.wrongClock === true ? new WrongClock(this.path(WrongClock.inside)) : undefined
    mkdirSync(this.#root, { recursive: true })
  }

  get name(): string {
    return this.service.name
  }

  get pid(): number {
    if (this.#process === undefined) throw new Error(`${this.name} was never started`)
    return this.#process.pid
  }

  get running(): boolean {
    return this.#process?.running ?? false
  }

  get output(): string {
    return this.#process?.output ?? ''
  }

  get #root(): string {
    return join(this.#scratch, 'roots', this.name)
  }

  /** Where a path of the container's volumes is on this machine. */
  path(inside: string): string {
    const volume = this.#volumes().find(({ to }) => inside === to || inside.startsWith(`${to}/`))
    if (volume === undefined) throw new Error(`${inside} is in no volume of ${this.name}`)
    return join(volume.from, inside.slice(volume.to.length))
  }

  /** Those of the compose file by their names; those that only the image has are the container's own. */
  #volumes(): { from: string; to: string }[] {
    const named = this.service.volumes.map(({ source, target }) => ({
      from: join(this.#scratch, 'volumes', source),
      to: target,
    }))
    const own = this.#image.volumes.filter((path) => !named.some(({ to }) => to === path))
    return [...named, ...own.map((to) => ({ from: join(this.#scratch, 'own', this.name, to), to }))]
  }

  #env(): NodeJS.ProcessEnv {
    return { HOSTNAME: this.service.hostname, HOME: '/tmp', ...this.#image.env, ...this.service.environment }
  }

  /** The command line that becomes `command` in the container. */
  #boot(command: readonly string[]): string[] {
    const { uid, workdir, mounts } = this.#image
    const all = [...mounts, ...this.#volumes(), { from: this.#network.hostsFile(this.host), to: '/etc/hosts' }]
    const list = all.map(({ from, to }) => `${from}\t${to}\n`).join('')
    const script = `hostname ${this.service.hostname}; ${BOOT}`
    const args = ['netns', 'exec', this.host.namespace, 'unshare', '--uts', 'sh', '-euc', script, 'boot']
    return [...args, this.#root, String(uid), workdir, list, ...command]
  }

  start(): void {
    if (this.running) throw new Error(`${this.name} runs already`)
    const { entrypoint, cmd } = this.#image
    const wrapper = this.#clock === undefined ? [] : WrongClock.wrapper
    const args = this.#boot([...wrapper, ...entrypoint, ...(this.service.command ?? cmd)])
    this.#process = new Running('ip', args, { env: this.#env() })
  }

  /** What the image does with other arguments than its own, as `docker compose run` does it. */
  run(args: readonly string[], timeoutMs = 120_000): Promise<Finished> {
    return run('ip', this.#boot([...this.#image.entrypoint, ...args]), { env: this.#env(), timeoutMs })
  }

  /** Runs a command in the running container, as `docker exec` does. */
  exec(command: readonly string[], timeoutMs = 60_000): Promise<Finished> {
    const enter = ['--target', String(this.pid), '--mount', '--net', '--uts', '--root', '--wd']
    const { uid } = this.#image
    return run('nsenter', [...enter, '--setuid', String(uid), '--setgid', String(uid), ...command], {
      timeoutMs,
      env: this.#env(),
    })
  }

  /** What the image's health check says; a container without one is healthy. */
  async healthy(): Promise<boolean> {
    if (!this.running) return false
    const { healthcheck } = this.#image
    return healthcheck.length === 0 || (await this.exec(healthcheck)).code === 0
  }

  stop(): Promise<number | null> {
    return this.#process?.stop() ?? Promise.resolve(null)
  }

  async kill(): Promise<void> {
    await this.#process?.kill()
  }

  /** SIGSTOP: it answers nobody, but its sockets stay. */
  freeze(): void {
    process.kill(this.pid, 'SIGSTOP')
  }

  thaw(): void {
    process.kill(this.pid, 'SIGCONT')
  }

  fillDisks(): void {
    if (this.#disks.length === 0) throw new Error(`the disks of ${this.name} can't be filled`)
    for (const disk of this.#disks) disk.fill()
  }

  freeDisks(): void {
    for (const disk of this.#disks) disk.free()
  }

  /** By so many milliseconds, from now on. */
  setClockWrong(byMs: number): void {
    if (this.#clock === undefined) throw new Error(`the clock of ${this.name} can't be set`)
    this.#clock.set(byMs)
  }

  /** Ends it, and nothing of it is left but what is in its directories. */
  async remove(): Promise<void> {
    await this.kill()
    for (const disk of this.#disks) disk.remove()
  }
}
