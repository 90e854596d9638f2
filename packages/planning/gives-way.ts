import type { Step } from '@cello/model'
import type { WantedNetwork } from './wanted.ts'

/**
 * Whether a step is put off while others are at work. Packages and contracts' nodes are needed by the first call, and by the commit
 * of an upgrade, the look at orderers and peers by the last look; all else of a network waits for its channel, where
 * approvals and commits leave the processors idle until a block is cut.
 */
export function givesWay({ nodes }: Pick<WantedNetwork, 'nodes'>, { kind, key }: Step): boolean {
  if (kind === 'install-package' || kind === 'await-nodes') return true
  return kind === 'ensure-node' && nodes.some(({ id, kind: what }) => id === key && what === 'contract')
}
