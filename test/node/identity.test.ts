import { describe, expect, it } from 'vitest'
import type { Uuid } from '../../src/base/ids.ts'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { startNode } from '../../src/node.ts'
import { writeMetaProperties } from '../../src/storage/meta-properties.ts'

const DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAdA' as Uuid

function start(disk: MemoryDisk) {
  const file = new Map([
    ['process.roles', 'broker'],
    ['node.id', '9'],
    ['listeners', 'PLAINTEXT://127.0.0.1:0'],
    ['controller.listener.names', 'CONTROLLER'],
    ['listener.security.protocol.map', 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT'],
    ['controller.quorum.bootstrap.servers', 'localhost:1'],
    ['log.dirs', '/a,/b'],
  ])
  return startNode(new BrokerConfig({ file }), { logger: silentLogger, disk })
}

function format(disk: MemoryDisk, dir: string, clusterId: string, nodeId: number): void {
  disk.blocking.makeDirectory(dir)
  writeMetaProperties(disk.blocking, dir, { clusterId, nodeId, directoryId: DIRECTORY })
}

describe('a directory that is not this node’s', () => {
  it('is refused where another node has it', async () => {
    const disk = new MemoryDisk()
    format(disk, '/a', 'one', 9)
    format(disk, '/b', 'one', 1)
    await expect(start(disk)).rejects.toThrow(
      'Set node.id to 1, or set another directory in log.dirs: /b belongs to node 1, not 9.',
    )
  })

  it('is refused where another cluster has it', async () => {
    const disk = new MemoryDisk()
    format(disk, '/a', 'one', 9)
    format(disk, '/b', 'two', 9)
    await expect(start(disk)).rejects.toThrow('/b belongs to two, not one.')
  })

  it('is refused where it is a copy of another', async () => {
    const disk = new MemoryDisk()
    format(disk, '/a', 'one', 9)
    format(disk, '/b', 'one', 9)
    await expect(start(disk)).rejects.toThrow(
      `Set log.dirs to directories of which none is a copy of another: /b has the directory.id of /a, ${DIRECTORY}.`,
    )
  })
})
