import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { NodeDisk } from '../../src/io/node-disk.ts'
import type { Disk } from '../../src/io/ports.ts'

const scratch = mkdtempSync(join(tmpdir(), 'odradek-disk-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const disks: [string, () => { disk: Disk; root: string }][] = [
  ['node', () => ({ disk: new NodeDisk(), root: mkdtempSync(join(scratch, 'd-')) })],
  ['memory', () => ({ disk: new MemoryDisk(), root: '/root' })],
]

describe.each(disks)('the %s disk', (_name, make) => {
  test('writes pieces in order, reads them back, truncates', async () => {
    const { disk, root } = make()
    await disk.makeDirectory(`${root}/a/b`)
    const file = await disk.open(`${root}/a/b/f`, 'create')
    await file.write([Buffer.from('he'), Buffer.from(''), Buffer.from('llo')], 0)
    await file.write([Buffer.from(' world')], 5)
    await file.sync()
    const target = Buffer.alloc(20)
    expect(await file.read(target, 2, 18, 1)).toBe(10)
    expect(target.toString('latin1', 2, 12)).toBe('ello world')
    await file.truncate(5)
    expect(await file.size()).toBe(5)
    await file.write([Buffer.from('!')], 7)
    expect((await disk.readFile(`${root}/a/b/f`)).toString('latin1')).toBe('hello\0\0!')
    await file.close()
    expect(disk.blocking.read(`${root}/a/b/f`, 1, 3).toString()).toBe('ell')
  })

  test('writes more pieces than one writev takes', async () => {
    const { disk, root } = make()
    await disk.makeDirectory(root)
    const file = await disk.open(`${root}/f`, 'create')
    const pieces = Array.from({ length: 3000 }, (_, i) => Buffer.from([i & 255]))
    await file.write(pieces, 0)
    expect(await disk.readFile(`${root}/f`)).toEqual(Buffer.concat(pieces))
    await file.close()
  })

  test('lists, renames, replaces and removes', async () => {
    const { disk, root } = make()
    await disk.makeDirectory(`${root}/x`)
    await disk.replaceFile(`${root}/x/f`, 'one')
    await disk.replaceFile(`${root}/x/f`, 'two')
    disk.blocking.writeFile(`${root}/x/g`, 'g')
    expect((await disk.list(`${root}/x`)).sort()).toEqual(['f', 'g'])
    expect(disk.blocking.entries(root)).toEqual([{ name: 'x', isDirectory: true }])
    disk.blocking.rename(`${root}/x`, `${root}/y`)
    expect((await disk.readFile(`${root}/y/f`)).toString()).toBe('two')
    expect((await disk.stat(`${root}/y/g`))?.size).toBe(1)
    expect(await disk.stat(`${root}/x/g`)).toBeUndefined()
    expect(disk.blocking.readFile(`${root}/x/g`)).toBeUndefined()
    await disk.remove(`${root}/y/missing`)
    await disk.removeTree(`${root}/y`)
    expect(await disk.list(root)).toEqual([])
    await expect(disk.open(`${root}/none`, 'read')).rejects.toMatchObject({ code: 'ENOENT' })
    expect((await disk.space(root)).usable).toBeGreaterThan(0)
  })

  test('locks a file once', async () => {
    const { disk, root } = make()
    await disk.makeDirectory(root)
    const lock = await disk.lock(`${root}/.lock`)
    expect(lock).toBeDefined()
    expect(await disk.lock(`${root}/.lock`)).toBeUndefined()
    await lock?.release()
    const again = await disk.lock(`${root}/.lock`)
    expect(again).toBeDefined()
    await again?.release()
  })
})

test('a lock ends with its process, however that ends', async () => {
  const { disk, root } = { disk: new NodeDisk(), root: mkdtempSync(join(scratch, 'l-')) }
  const program = join(root, 'holder.mjs')
  const source = new URL('../../src/io/disk-lock.ts', import.meta.url).href
  writeFileSync(
    program,
    `import { lockFile } from '${source}'
     const lock = await lockFile(process.argv[2])
     console.log(lock ? 'locked' : 'refused')
     process.kill(process.pid, 'SIGKILL')`,
  )
  const hold = () => {
    try {
      return execFileSync(process.execPath, [program, `${root}/.lock`], { stdio: 'pipe' }).toString()
    } catch (error) {
      return String((error as { stdout: Buffer }).stdout)
    }
  }
  expect(hold()).toBe('locked\n')
  const lock = await disk.lock(`${root}/.lock`)
  expect(lock).toBeDefined()
  expect(hold()).toBe('refused\n')
  await lock?.release()
})

test('a crash of the memory disk keeps what was synced and as much of the rest as it is told', async () => {
  const disk = new MemoryDisk({ crashable: true })
  await disk.makeDirectory('/d')
  const file = await disk.open('/d/f', 'create')
  await file.write([Buffer.from('safe')], 0)
  await file.sync()
  await file.write([Buffer.from(' and not')], 4)
  disk.crash((_path, unsynced) => unsynced - 4)
  expect((await disk.readFile('/d/f')).toString()).toBe('safe and')
  disk.crash()
  expect((await disk.readFile('/d/f')).toString()).toBe('safe and')
})

test('a full memory disk takes what fits and says so', async () => {
  const disk = new MemoryDisk({ faults: { capacity: 6 } })
  await disk.makeDirectory('/d')
  const file = await disk.open('/d/f', 'create')
  await file.write([Buffer.from('abcd')], 0)
  await expect(file.write([Buffer.from('efgh')], 4)).rejects.toMatchObject({ code: 'ENOSPC' })
  expect(await file.size()).toBe(6)
  await file.truncate(4)
  expect(disk.usedBytes).toBe(4)
})
