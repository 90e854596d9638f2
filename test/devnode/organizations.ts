/** For tests only: what organizations of a channel are made of, those of its orderer and those of its peers alike. */
import type { Signer } from '@cello/fabric'
import type { MspSpec } from '@cello/fabric/config'
import {
  type Credential,
  enrol,
  enrolForTls,
  type MspRole,
  memberMspFiles,
  type OrganizationAuthorities,
  signerOf,
  tlsFiles,
  trustOf,
  under,
} from '@cello/fabric/identity'
import { writeTree } from '@cello/fabric/testing/real-node'

export interface OrganizationIdentity {
  readonly mspId: string
  readonly authorities: OrganizationAuthorities
}

/** What a channel's config says of an organization. */
export function mspOf({ mspId, authorities }: OrganizationIdentity): MspSpec {
  const [enrolment, tls] = [trustOf(authorities.enrolment), trustOf(authorities.tls)]
  return { mspId, rootCertificates: [enrolment.root], tlsRootCertificates: [tls.root] }
}

/** A new member of an organization. */
export function memberOf({ mspId, authorities }: OrganizationIdentity, name: string, role: MspRole): Signer {
  return signerOf({ mspId, ...enrol(authorities.enrolment, { name, role }) })
}

/** Writes a new node's `msp` and `tls` into a folder. @returns its TLS certificate, good for its name and this machine */
export function writeNode(
  folder: string,
  authorities: OrganizationAuthorities,
  { name, role }: { readonly name: string; readonly role: MspRole },
): Credential {
  const msp = memberMspFiles(authorities, enrol(authorities.enrolment, { name, role }))
  const tls = enrolForTls(authorities.tls, { name, hosts: [name, 'localhost', '127.0.0.1'] })
  writeTree(folder, { ...under('msp', msp), ...under('tls', tlsFiles(authorities.tls, tls)) })
  return tls
}
