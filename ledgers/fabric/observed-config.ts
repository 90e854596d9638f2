import type { ChannelConfig } from '@cello/fabric/config'
import { type Consensus, PlatformError } from '@cello/model'
import type { ObservedChannel } from '@cello/ports'

/** A channel's configuration in the words of the document. */
export function observedConfig(name: string, config: ChannelConfig, height: number): ObservedChannel {
  const { batch, consensus } = config
  const address = ({ host, port }: { readonly host: string; readonly port: number }) => `${host}:${port}`
  return {
    name,
    height,
    sequence: config.sequence,
    consensus: observedConsensus(name, consensus),
    batch: {
      // What orderers obey: those of BFT do not look at the batch settings' time-out.
      timeout: consensus.type === 'BFT' ? consensus.options.requestBatchMaxInterval : batch.timeout,
      maxMessages: batch.maxMessageCount,
      absoluteMaxBytes: batch.absoluteMaxBytes,
      preferredMaxBytes: batch.preferredMaxBytes,
    },
    orderers: config.ordererOrganizations.map((org) => org.name),
    members: config.applicationOrganizations.map((org) => org.name),
    consenters: consensus.type === 'other' ? [] : consensus.consenters.map(address),
    anchors: config.applicationOrganizations.flatMap((org) => org.anchorPeers.map(address)),
  }
}

function observedConsensus(channel: string, consensus: ChannelConfig['consensus']): Consensus {
  if (consensus.type === 'etcdraft') return { type: 'raft', ...consensus.options }
  if (consensus.type === 'BFT') {
    const { requestForwardTimeout, requestComplainTimeout, viewChangeTimeout, leaderHeartbeatTimeout } =
      consensus.options
    return { type: 'bft', requestForwardTimeout, requestComplainTimeout, viewChangeTimeout, leaderHeartbeatTimeout }
  }
  const reason = `channel ${channel} is ordered by ${consensus.name}`
  throw new PlatformError('UNSUPPORTED', { feature: 'that kind of consensus', reason })
}
