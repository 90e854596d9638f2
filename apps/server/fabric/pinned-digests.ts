/**
 * SHA-256 of archives that the Fabric project publishes at github.com/hyperledger/fabric/releases, by file name.
 *
 * The project publishes no digests of its own (its .github/workflows/release.yml uploads the archives alone; GitHub's API
 * shows a digest for each uploaded file). A row is here only where at least two public sources that know nothing of each
 * other state the same digest for that very file, each named beside it. An archive for which there is but one source
 * (2.5.16 for linux-arm64) is not in the table: it is installed with --sha256, or by what GitHub's API says of it.
 */
export const pinnedDigests: Readonly<Record<string, string>> = {
  // - Arch User Repository, package hyperledger-fabric-bin 3.1.5-1, sha256sums in its PKGBUILD
  // - Homebrew tap github.com/mvrpl/unix-apps, Formula/hyperledger-fabric.rb at 6f8e6cd8b6bf
  'hyperledger-fabric-linux-amd64-3.1.5.tar.gz': 'b9c31fd490991e76f8acb1835dee09fc19fee5428cb13e190ee6e0bdd2c37858',
  // - github.com/yjydist/supplyledger-lab, evidence/m0/issue-3.md at 9ab5fedc0064: read from GitHub's API
  //   (assets[].digest of release v3.1.5) and compared with the file that was downloaded, 2026-09-24
  // - Homebrew tap github.com/mvrpl/unix-apps, Formula/hyperledger-fabric.rb at 6f8e6cd8b6bf
  'hyperledger-fabric-linux-arm64-3.1.5.tar.gz': '4a42cad740a7e0373eda6bf1e27c86e9b06132f9bb751daf7f0f7dc1d1bbfed9',
  // - github.com/SuBeen-Cho/blockchain_mongbas, deploy/linux/bootstrap.sh at 11822d8a2965
  // - github.com/Nyahn82/Labchain, blockchain/network/scripts/install-tools.sh at f3818bfa91c6
  'hyperledger-fabric-linux-amd64-2.5.16.tar.gz': '18c91e7f2f11b601e6622cc70454d568af897707ee9adf111e9fa91a233881bf',
}
