import { type Certificate, sameCertificate } from './certificate.ts'

/** Authorities that an organization trusts. */
export interface Authorities {
  readonly roots: readonly Certificate[]
  readonly intermediates: readonly Certificate[]
}

/** Extended key usages that Go's verification accepts when none is asked for: any, or server authentication. */
const acceptedUsages = ['2.5.29.37.0', '1.3.6.1.5.5.7.3.1']

/**
 * The one chain from a certificate to a root, the certificate first; a root's is itself alone. As in Fabric, times are
 * looked at one second after the certificate's own beginning: an identity that has expired since is still a member, and
 * is refused where it is used (broadcast, deliver).
 * @throws Error when there is none, or more than one
 */
export function chainOf(certificate: Certificate, authorities: Authorities): readonly Certificate[] {
  const time = certificate.notBefore + 1_000
  const chains = chainsFrom([certificate], authorities, time).filter(isForServers)
  const [chain] = chains
  if (!chain) throw new Error('the supplied identity is not valid: x509: certificate signed by unknown authority')
  if (chains.length > 1) throw new Error(`this MSP only supports a single validation chain, got ${chains.length}`)
  return chain
}

function chainsFrom(path: readonly Certificate[], authorities: Authorities, time: number): (readonly Certificate[])[] {
  const last = path.at(-1)
  if (!last || time < last.notBefore || time > last.notAfter) return []
  if (authorities.roots.some((root) => sameCertificate(root, last))) return [path]
  const nextRoots = authorities.roots.filter((root) => mayIssue(root, last, path))
  const nextOthers = authorities.intermediates.filter((issuer) => mayIssue(issuer, last, path))
  return [...nextRoots, ...nextOthers].flatMap((issuer) => chainsFrom([...path, issuer], authorities, time))
}

function mayIssue(issuer: Certificate, subject: Certificate, path: readonly Certificate[]): boolean {
  if (!issuer.isAuthority || path.some((earlier) => sameCertificate(earlier, issuer))) return false
  const authoritiesBelow = path.length - 1
  if (issuer.pathLength !== undefined && authoritiesBelow > issuer.pathLength) return false
  return subject.x509.checkIssued(issuer.x509) && subject.x509.verify(issuer.x509.publicKey)
}

function isForServers(chain: readonly Certificate[]): boolean {
  return chain.every(({ x509 }) => {
    // Node's types leave out that a certificate without this extension has none.
    const usages: readonly string[] | undefined = x509.keyUsage
    return usages === undefined || usages.some((usage) => acceptedUsages.includes(usage))
  })
}
