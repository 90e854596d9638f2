import type { PeerChannel } from '../committing/peer-channel.ts'
import type { SignedData } from '../policies/signed-data.ts'

/** Who may do what: the channel's ACLs over Fabric's defaults, and the peer's own organization for the rest. */
export interface AccessControl {
  /** @param resource as in Fabric: `peer/Propose`, `qscc/GetChainInfo`, `event/Block` … @throws Error in Fabric's words */
  checkChannel(channel: PeerChannel, resource: string, signed: SignedData): void
  /** For what concerns no channel: members, or administrators, of the peer's organization. @throws Error in Fabric's words */
  checkLocal(resource: string, signed: SignedData): void
}
