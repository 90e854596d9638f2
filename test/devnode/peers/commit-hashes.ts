/** What peers hash of each block that they commit: its verdicts, all that it wrote, and the hash before. */
import { isDeepStrictEqual } from 'node:util'
import { common } from '@hyperledger/fabric-protos'
import type { Scenario } from '../agreement/scenario.ts'
import type { Follower } from './follower.ts'
import type { World } from './world.ts'

/** By number; empty for block 0. */
export function hashesOf(follower: Follower): readonly string[] {
  return Array.from({ length: follower.height }, (_, number) => {
    const slots = follower.block(number).getMetadata()?.getMetadataList_asB64() ?? []
    return slots[common.BlockMetadataIndex.COMMIT_HASH] ?? ''
  })
}

/** Played after all that commits, so that everything is in these hashes. */
export const commitHashScenarios: readonly Scenario<World>[] = [
  [
    'both peers come to the same commit hashes',
    async ({ followers: [first, second] }) => ({
      same: isDeepStrictEqual(hashesOf(first), hashesOf(second)),
      missing: hashesOf(first).filter((hash) => hash === '').length,
    }),
  ],
]
