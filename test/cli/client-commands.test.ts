import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { COMMANDS } from '../../src/cli/commands/names.ts'
import { command } from '../support/command.ts'
import { commandCases } from './command-cases.ts'

const dir = mkdtempSync(join(tmpdir(), 'odradek-commands-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('without a broker', () => {
  test('each command says how it is used', async () => {
    for (const name of Object.keys(COMMANDS)) {
      const { code, out } = await command([name, '--help'])
      expect(out).toContain(`Usage: odradek ${name}`)
      expect(code).toBe(0)
    }
  })

  test.each([
    [2, ['topics', 'list', '--nonsense'], 'unknown option'],
    [2, ['topics', 'create'], 'missing required argument'],
    [2, ['consume', 't', '--limit', 'many'], 'whole number'],
    [1, ['topics', 'list', '-b', 'nonsense'], 'host:port'],
    [1, ['topics', 'list', '-b', '127.0.0.1:1'], 'ECONNREFUSED'],
    [1, ['topics', 'list', '-c', '/nowhere.properties'], 'can be read'],
    [1, ['dump-log', '/nowhere.log'], 'can be read'],
  ] as const)('exits with %i: %j', async (wanted, args, sentence) => {
    const { code, out, err } = await command(args)
    expect(err).toContain(sentence)
    expect(err).not.toContain('    at ')
    expect(out).toBe('')
    expect(code).toBe(wanted)
  })

  test('doctor finds a port that is taken by nobody and a configuration that is wrong', async () => {
    const file = join(dir, 'broken.properties')
    writeFileSync(file, 'process.roles=broker,controller\nnode.id=x\n')
    const { code, out } = await command(['doctor', file, '--json'])
    expect(JSON.parse(out)).toContainEqual(expect.objectContaining({ level: 'problem', about: 'configuration' }))
    expect(code).toBe(1)
  })

  test.each([
    ['log.dirs=FILE/below', 'FILE/below', "can't be written (ENOTDIR", 'set another directory in log.dirs'],
    [
      'advertised.listeners=PLAINTEXT://nowhere.invalid:9092',
      'advertised by PLAINTEXT',
      "can't resolve",
      'Correct advertised.listeners',
    ],
  ])('doctor says what to do about %s', async (setting, about, text, fix) => {
    const file = join(dir, 'fine.properties')
    const here = (words: string) => words.replace('FILE', file)
    writeFileSync(
      file,
      `process.roles=broker,controller\nnode.id=1\nlisteners=PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0
controller.listener.names=CONTROLLER\ncontroller.quorum.bootstrap.servers=127.0.0.1:1\nlog.dirs=${dir}\n`,
    )
    const { code, out } = await command(['doctor', file, '--json', '--override', here(setting)])
    const finding = { level: 'problem', about: here(about) }
    expect(JSON.parse(out)).toContainEqual({
      ...finding,
      text: expect.stringContaining(text),
      fix: expect.stringContaining(fix),
    })
    expect(code).toBe(1)
  })

  test('doctor finds an advertised address that is none of this machine', async () => {
    // Of a network that is set aside for documentation.
    const overrides = ['advertised.listeners=PLAINTEXT://192.0.2.1:9092', `log.dirs=${dir}`]
    const { out } = await command(['doctor', '--json', ...overrides.flatMap((each) => ['--override', each])])
    const text = expect.stringMatching(/192\.0\.2\.1.*(?:no address of this machine|nothing answers)/)
    const fix = expect.stringContaining('orrect advertised.listeners')
    expect(JSON.parse(out)).toContainEqual({ level: expect.any(String), about: 'advertised by PLAINTEXT', text, fix })
  })

  test('doctor names who has a port that a listener, the console or the registry wants', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const overrides = [
      `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:0`,
      `odradek.http.listeners=http://127.0.0.1:${port}`,
      `odradek.schema.registry.listeners=https://127.0.0.1:${port}`,
      `log.dirs=${dir}`,
    ]
    const { code, out } = await command(['doctor', '--json', ...overrides.flatMap((each) => ['--override', each])])
    other.close()
    const findings = JSON.parse(out)
    for (const [about, setting] of [
      ['listener PLAINTEXT', 'listeners'],
      ['console', 'odradek.http.listeners'],
      ['schema registry', 'odradek.schema.registry.listeners'],
    ]) {
      const text = expect.stringContaining(`127.0.0.1:${port} is in use`)
      const fix = `Stop it, or set another port in ${setting}.`
      expect(findings).toContainEqual({ level: 'problem', about, text, fix })
    }
    const text = expect.stringContaining('Set ssl.keystore.location')
    expect(findings).toContainEqual({ level: 'problem', about: 'TLS of SCHEMA_REGISTRY', text })
    expect(code).toBe(1)
  })

  test.each(['bash', 'zsh', 'fish'])('prints completion for %s', async (shell) => {
    const { code, out } = await command(['completion', shell])
    expect(out).toContain('reset-offsets')
    expect(code).toBe(0)
  })
})

commandCases('odradek')
