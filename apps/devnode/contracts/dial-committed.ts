/** Contracts are connected when their definition is committed, as by Fabric, so that the first call finds them ready. */
import type { OpenPeerChannels } from '../committing/open-peer-channels.ts'
import type { PeerChannel } from '../committing/peer-channel.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import type { ContractRuntime } from './contract-runtime.ts'

export interface DialCommittedOptions {
  readonly channels: Pick<OpenPeerChannels, 'get' | 'names' | 'onJoin'>
  readonly lifecycle: Pick<Lifecycle, 'defined' | 'packageOf'>
  readonly runtime: Pick<ContractRuntime, 'dial'>
}

/** From now on, on the channels that are there and those that are joined. */
export function dialCommitted({ channels, lifecycle, runtime }: DialCommittedOptions): Disposable {
  const stops: (() => void)[] = []
  const watch = (channel: PeerChannel) => {
    const stop = channel.onCommit(({ transactions }) => {
      if (!transactions.some(({ namespaces }) => namespaces.includes('_lifecycle'))) return
      for (const name of lifecycle.defined(channel.state)) {
        const installed = lifecycle.packageOf(channel, name)
        if (installed) runtime.dial(installed)
      }
    })
    stops.push(stop)
  }
  for (const name of channels.names()) {
    const channel = channels.get(name)
    if (channel) watch(channel)
  }
  stops.push(channels.onJoin(watch))
  return {
    [Symbol.dispose]() {
      for (const stop of stops) stop()
    },
  }
}
