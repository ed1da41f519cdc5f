/** One piece of other people's software in the binary. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** Package URL, https://github.com/package-url/purl-spec. */
  readonly purl: string;
  /** SPDX identifier; undefined where only the notice says it. */
  readonly license?: string;
  /** Copyright and license texts. */
  readonly notice: string;
}
