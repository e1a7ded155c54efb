/**
 * A currency of ISO 4217.
 * `numeric`: three digits; `alpha`: three letters; `exponent`: the decimals of the minor unit (2: 1000 is 10.00).
 */
export type Currency = { readonly numeric: string; readonly alpha: string; readonly exponent: number };

/**
 * The active codes of ISO 4217 list one as of 2026-01-01 (so without BGN, which became EUR that day), funds codes included, by exponent.
 * Codes without a minor unit (gold, SDR, XTS, XXX and the like) are left out on purpose: no amount in minor units can be told in them.
 */
const activeCodes: Readonly<Record<number, string>> = {
  0: `
    108BIF 152CLP 262DJF 324GNF 352ISK 392JPY 174KMF 410KRW 600PYG 646RWF 800UGX 940UYI 704VND 548VUV 950XAF
    952XOF 953XPF
  `,
  2: `
    784AED 971AFN 008ALL 051AMD 973AOA 032ARS 036AUD 533AWG 944AZN 977BAM 052BBD 050BDT 060BMD 096BND 068BOB
    984BOV 986BRL 044BSD 064BTN 072BWP 933BYN 084BZD 124CAD 976CDF 947CHE 756CHF 948CHW 156CNY 170COP 970COU
    188CRC 192CUP 132CVE 203CZK 208DKK 214DOP 012DZD 818EGP 232ERN 230ETB 978EUR 242FJD 238FKP 826GBP 981GEL
    936GHS 292GIP 270GMD 320GTQ 328GYD 344HKD 340HNL 332HTG 348HUF 360IDR 376ILS 356INR 364IRR 388JMD 404KES
    417KGS 116KHR 408KPW 136KYD 398KZT 418LAK 422LBP 144LKR 430LRD 426LSL 504MAD 498MDL 969MGA 807MKD 104MMK
    496MNT 446MOP 929MRU 480MUR 462MVR 454MWK 484MXN 979MXV 458MYR 943MZN 516NAD 566NGN 558NIO 578NOK 524NPR
    554NZD 590PAB 604PEN 598PGK 608PHP 586PKR 985PLN 634QAR 946RON 941RSD 643RUB 682SAR 090SBD 690SCR 938SDG
    752SEK 702SGD 654SHP 925SLE 706SOS 968SRD 728SSP 930STN 222SVC 760SYP 748SZL 764THB 972TJS 934TMT 776TOP
    949TRY 780TTD 901TWD 834TZS 980UAH 840USD 997USN 858UYU 860UZS 926VED 928VES 882WST 396XAD 951XCD 532XCG
    886YER 710ZAR 967ZMW 924ZWG
  `,
  3: `
    048BHD 368IQD 400JOD 414KWD 434LYD 512OMR 788TND
  `,
  4: `
    990CLF 927UYW
  `,
};

/** Every currency that money can be told in, by numeric code. */
export const currencies: ReadonlyMap<string, Currency> = new Map(
  Object.entries(activeCodes).flatMap(([exponent, codes]) =>
    codes
      .trim()
      .split(/\s+/)
      .map((code): [string, Currency] => {
        const numeric = code.slice(0, 3);
        return [numeric, { numeric, alpha: code.slice(3), exponent: Number(exponent) }];
      }),
  ),
);
