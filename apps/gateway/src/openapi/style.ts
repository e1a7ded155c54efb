/** The style sheet of the page: one column on narrow screens, contents at the side on wide ones, dark where the reader's system is. */
export const STYLE = `:root {
  color-scheme: light dark;
  --text: light-dark(#1b1f24, #dfe3e8);
  --faint: light-dark(#57606a, #98a2ad);
  --line: light-dark(#d8dee4, #333b44);
  --ground: light-dark(#ffffff, #14181d);
  --raised: light-dark(#f5f7f9, #1c2229);
  --link: light-dark(#0b5cad, #7db7f5);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; color: var(--text); background: var(--ground); font: 16px/1.55 system-ui, sans-serif; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
small { color: var(--faint); font-weight: normal; }
code, pre { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, monospace; font-size: .9em; }
pre { padding: .8rem 1rem; overflow-x: auto; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; }
nav { padding: 1rem; font-size: .9rem; border-bottom: 1px solid var(--line); background: var(--raised); }
nav .title { margin: 0 0 .5rem; font-size: 1.1rem; font-weight: 600; }
nav ul { margin: .2rem 0 .6rem; padding-left: 1.3rem; list-style: none; }
nav p { margin: .4rem 0; }
main { min-width: 0; max-width: 62rem; padding: 1rem 1.25rem 4rem; }
h1 { margin: .5rem 0 1rem; font-size: 1.7rem; }
h2 { margin: 3rem 0 .5rem; padding-top: 1rem; font-size: 1.35rem; border-top: 2px solid var(--line); }
h3 { margin: 1.8rem 0 .3rem; font-size: 1.05rem; }
h3 a { color: inherit; }
.route { margin: .2rem 0 .6rem; overflow-wrap: anywhere; }
.method { display: inline-block; min-width: 4.2em; padding: .05em .5em; color: #fff; background: #57606a; border-radius: 4px; font: 600 .75rem/1.7 ui-monospace, monospace; text-align: center; }
.method.get { background: #1a6f3c; }
.method.post { background: #0b5cad; }
.method.patch { background: #8a5a00; }
.method.delete { background: #b3261e; }
table { display: block; overflow-x: auto; width: 100%; margin: .5rem 0 1rem; border-collapse: collapse; font-size: .92rem; }
th, td { padding: .35rem .7rem .35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--faint); font-weight: 600; }
td:last-child { width: 100%; }
td p { margin: 0 0 .25rem; }
summary { cursor: pointer; }
section > details > summary { color: var(--faint); font-size: .92rem; }
:target > h3 { background: var(--raised); box-shadow: 0 0 0 .4rem var(--raised); }
@media (min-width: 60rem) {
  body { display: grid; grid-template-columns: 19rem 1fr; }
  td small { white-space: nowrap; }
  nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; border-right: 1px solid var(--line); border-bottom: 0; }
  main { padding: 1.5rem 2.5rem 6rem; }
}
`;
