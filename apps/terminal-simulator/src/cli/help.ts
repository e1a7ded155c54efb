export const HELP = `Usage: tillbridge-sim --url URL --sn SERIAL (--key KEY | --pairing-code CODE) [options]
       tillbridge-sim --url URL --fleet FILE.csv [options]

Runs virtual payment terminals until Ctrl-C. A sale is approved unless its amount is one of the test amounts, such as 9001 for insufficient funds.

Which server:
  --url URL            ws:// or wss://HOST:PORT of the terminals service; several replicas separated by commas
Which terminals:
  --sn SERIAL          the serial number of one terminal
  --key KEY            its key; other users of this machine can see it, in a fleet file they cannot
  --pairing-code CODE  or the code that it is paired with; it works once, and the key is written to tillbridge-sim.keys.csv
  --pairing-url URL    where the code is shown (default: /terminal/v1/pairing at the first --url)
  --fleet FILE.csv     many: first line terminalSn,key or terminalSn,code (also a result file of \`tillbridge admin terminals import\`);
                       the keys that codes bring are written to FILE.csv.keys.csv, which is a fleet file itself
How they behave:
  --think-ms N         how long a payment takes, 0 to 600000 (default 1500)
  --seed N             chance instead of test amounts: declines, cancels and a poor network, the same again for the same N
  --control-port N     the control API, on 127.0.0.1 (default: none; 0 takes a free port); docs/SIMULATOR.md shows what it can do
  --help               this text
`;
