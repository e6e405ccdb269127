/**
 * The sha256 sums of the release that is downloaded, so that whoever can change what its server answers cannot change what is run. The release's own
 * checksums.txt comes from the same origin as the archives and proves only that the download is whole.
 *
 * Written by `npm run pin:temporal`. Those of 1.8.2 are the ones that several unrelated projects pin, which agree with one another.
 */
export const PINNED_SUMS: Readonly<Record<string, string>> = {
  'temporal_cli_1.8.2_darwin_amd64.tar.gz': '489d7f5420cae02b559774ac23df035141954c33a51dba96f5759a0ddccdf1b6',
  'temporal_cli_1.8.2_darwin_arm64.tar.gz': 'dacdc3587682c04cf27e67c8878ca2d755230b6ad63c0c6ebddd7348ae90ed94',
  'temporal_cli_1.8.2_linux_amd64.tar.gz': 'd8421bda989e6514b4bdb4d63a9012a8a05a806892e881a5aad8510496349a94',
  'temporal_cli_1.8.2_linux_arm64.tar.gz': '83600a8fac6e3da54093e5da6918d399f501532b9f1172235603f9606f4ac6e4',
};
