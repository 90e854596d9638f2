import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import type { DriverCapabilities } from '../driver.ts'
import { describeCommands } from './driver-commands.ts'
import { describeLife } from './driver-life.ts'
import { describeLooks } from './driver-looks.ts'
import type { DriverWorld } from './driver-world.ts'

export type { Behaviour, DriverWorld } from './driver-world.ts'

/**
 * The suite that every driver passes. A capability that is `false` is no excuse: the suite demands the UNSUPPORTED error.
 * @param makeWorld an empty host; called once.
 */
export function describeDriver(
  name: string,
  makeWorld: () => Promise<DriverWorld>,
  capabilities: DriverCapabilities,
): void {
  describe(`driver ${name}`, () => {
    let world: DriverWorld | undefined
    before(async () => {
      world = await makeWorld()
    })
    after(() => world?.[Symbol.asyncDispose]())
    const given = () => world ?? assert.fail('the world was not made')
    describeLife(given, capabilities)
    describeCommands(given)
    describeLooks(given, capabilities)
  })
}
