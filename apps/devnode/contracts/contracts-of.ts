/** Which contract answers for a name: one of the peer's own, or the service of the committed definition's package. */
import type { PeerChannel } from '../committing/peer-channel.ts'
import type { ContractDefinition } from '../lifecycle/definition.ts'
import type { InstalledPackage, Lifecycle } from '../lifecycle/lifecycle.ts'
import type { StateReader } from '../state/world-state.ts'
import type { Contract, Contracts, FoundContract } from './contract.ts'
import type { ContractRuntime } from './contract-runtime.ts'

export interface ContractsOptions {
  readonly lifecycle: Pick<Lifecycle, 'definition' | 'isApproved' | 'packageOf'>
  /** The peer's own, by name. */
  readonly system: ReadonlyMap<string, Contract>
  readonly runtime: Pick<ContractRuntime, 'contract'>
}

/** Version of Fabric's system contracts (core/scc/scc.go). */
export const systemVersion = 'syscc'

/** Key in a contract's namespace that holds the version that was initialized (core/chaincode/chaincode_support.go). */
export const initializedKey = '\u0000\u{10ffff}initialized'

const lifecycleNamespace = '_lifecycle'

/** Fabric 1's lifecycle: a name of the peer's own in Fabric 3 too, though nothing answers to it here. */
const legacyLifecycle = 'lscc'

export function contractsOf({ lifecycle, system, runtime }: ContractsOptions): Contracts {
  return {
    isSystem: (name) => system.has(name) || name === legacyLifecycle,
    async find(channel, name, simulator) {
      const own = system.get(name)
      if (own) return systemContract(own)
      if (!channel) throw new Error("could not get channel config for channel ''")
      // Fabric reads the sequence alone through the simulator, and the rest from a cache.
      simulator?.reader.get(lifecycleNamespace, `namespaces/fields/${name}/Sequence`)
      const definition = lifecycle.definition(channel.state, name)
      if (!definition) {
        // Fabric then asks the lifecycle of Fabric 1, which reads its own namespace.
        simulator?.reader.get(legacyLifecycle, name)
        throw new Error(`chaincode ${name} not found`)
      }
      const installed = installedFor(lifecycle, channel, definition)
      const contract = runtime.contract({
        installed,
        collections: (invocation) =>
          lifecycle.definition(invocation.simulator?.reader ?? channel.state, name)?.collections ?? [],
      })
      return {
        contract,
        isSystem: false,
        version: definition.version,
        initRequired: definition.initRequired,
        needsInit: definition.initRequired && !isInitialized(definition, simulator?.reader ?? channel.state),
      }
    },
  }
}

const systemContract = (contract: Contract): FoundContract => ({
  contract,
  isSystem: true,
  version: systemVersion,
  initRequired: false,
  needsInit: false,
})

/** @throws Error in Fabric's words: not approved, not installed */
function installedFor(
  lifecycle: ContractsOptions['lifecycle'],
  channel: PeerChannel,
  { name, sequence }: ContractDefinition,
): InstalledPackage {
  if (!lifecycle.isApproved(channel, name)) {
    throw new Error(
      `chaincode definition for '${name}' at sequence ${sequence} on channel '${channel.name}' has not yet been approved by this org`,
    )
  }
  const installed = lifecycle.packageOf(channel, name)
  if (!installed) throw new Error(`chaincode definition for '${name}' exists, but chaincode is not installed`)
  return installed
}

function isInitialized({ name, version }: ContractDefinition, state: StateReader): boolean {
  const found = state.get(name, initializedKey)
  return found !== undefined && Buffer.from(found.value).toString() === version
}
