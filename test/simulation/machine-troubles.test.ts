import assert from 'node:assert/strict'
import { test } from 'node:test'
import { administrator, retryOperation } from '@cello/usecases'
import { openPlatform, type Platform, smallNetwork } from './platform.ts'

/** What a machine has that no network can come up on, and the row of the catalogue that says so. */
interface Trouble {
  readonly code: string
  harm(platform: Platform): Promise<void>
  mend(platform: Platform): Promise<void>
}

const peerProgram = ({ runtime }: Platform) => runtime.programs['peer']?.digest ?? ''

const spoilt = (code: string, how: 'missing' | 'changed' | 'unsuitable'): Trouble => ({
  code,
  harm: (platform) => platform.nodes.spoilProgram('local', peerProgram(platform), how),
  mend: (platform) => platform.nodes.spoilProgram('local', peerProgram(platform), 'ok'),
})

const troubles: readonly Trouble[] = [
  {
    code: 'DISK_FULL',
    harm: ({ nodes }) => nodes.setHost('local', { diskFull: true }),
    mend: ({ nodes }) => nodes.setHost('local', { diskFull: false }),
  },
  {
    code: 'PORT_TAKEN',
    harm: ({ nodes }) => nodes.setHost('local', { foreignPorts: [20_000] }),
    mend: ({ nodes }) => nodes.setHost('local', { foreignPorts: [] }),
  },
  spoilt('PROGRAM_MISSING', 'missing'),
  spoilt('PROGRAM_CHANGED', 'changed'),
  spoilt('PROGRAM_UNSUITABLE', 'unsuitable'),
]

for (const { code, harm, mend } of troubles) {
  test(`${code} fails an operation with that cause; it can be retried once it is mended, or deleted as it is`, async () => {
    await using platform = await openPlatform()
    await harm(platform)
    const { network, operation } = await platform.create(smallNetwork('demo'))
    const failed = await platform.ended(operation)
    assert.deepEqual([failed.state, failed.error?.code], ['failed', code], JSON.stringify(failed.error))
    assert.ok((failed.error?.next ?? '').length > 5)

    await mend(platform)
    await retryOperation(platform.context(), { actor: administrator }, operation)
    const retried = await platform.ended(operation)
    assert.equal(retried.state, 'succeeded', JSON.stringify(retried.error))
    assert.equal((await platform.nodes.inventory()).nodes.length, 5)
    const gone = async (id: string) => {
      const deleted = await platform.ended(await platform.change(id, () => {}, { deleting: true }))
      assert.equal(deleted.state, 'succeeded', JSON.stringify(deleted.error))
    }
    await gone(network.id)

    await harm(platform)
    const other = await platform.create(smallNetwork('other'))
    assert.equal((await platform.ended(other.operation)).state, 'failed')
    await gone(other.network.id)
    const left = await platform.nodes.inventory()
    assert.deepEqual([left.nodes.length, left.volumes.length, Object.keys(left.ports).length], [0, 0, 0])
  })
}
