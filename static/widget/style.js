// How the panel looks. It is a string, since a page may forbid every style sheet that is not its own.
const DARK = '--paper:#1b2126;--sunk:#262d33;--line:#38424a;--muted:#a3aeb6;--ink:#edf0f2;--bad:#ff9c91;--link:var(--dark);color-scheme:dark';
const RELATIVE = (l = '') => `oklch(from var(--accent) ${l} c h)`;
export const STYLE = `
:host(:not([popover])){display:block!important;height:100%!important}
.frame{--paper:#fff;--sunk:#eef1f3;--line:#dde2e5;--muted:#5a666e;--ink:#1a252c;--bad:#b3261e;--light:#0b6480;--dark:#7cc3da;--link:var(--light);color-scheme:light;height:100%}
@supports(color:oklch(from red l c h)){.frame{--light:${RELATIVE('min(l,.48)')};--dark:${RELATIVE('max(l,.78)')}}}
@media(prefers-color-scheme:dark){[data-theme=auto]{${DARK}}}
[data-theme=dark]{${DARK}}
[hidden]{display:none!important}
h2,h3,p,ol,ul,pre,blockquote{margin:0;padding:0;font:inherit;list-style:none}
h2,h3,b,strong,.greeting{font-weight:600}
.unseen{position:absolute;overflow:hidden;width:1px;height:1px;clip-path:inset(50%)}

.panel{position:fixed;inset:auto var(--x) calc(var(--y) + 68px) auto;margin:0;padding:0;max-width:none;max-height:none;flex-direction:column;width:400px;height:min(640px,100dvh - 108px);overflow:hidden;border:1px solid var(--line);border-radius:16px;background:var(--paper);color:var(--ink);box-shadow:0 16px 48px #0003;transform-origin:100% 100%;animation:open .12s}
.panel[open],section.panel{display:flex}
[aria-expanded=true]>:first-child,[aria-expanded=false]>:last-child{display:none}
[data-mode]:not([data-mode=""]) .panel{position:relative;inset:0;width:auto;height:100%;min-height:420px;max-height:100dvh;box-shadow:none;animation:none}
[data-mode=page]{background:var(--paper)}
[data-mode=page] .panel{max-width:800px;margin:auto;border:0;border-radius:0}
@keyframes open{from{opacity:0;transform:scale(.95)}}
[data-position=left] .panel{right:auto;left:var(--x);transform-origin:0 100%}
.panel svg{width:20px}
header{display:flex;align-items:center;gap:2px;padding:8px 8px 8px 16px;border-bottom:1px solid var(--line)}
h2{flex:1;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.tool,.tools button{padding:8px;border-radius:8px;color:var(--muted)}
canvas{width:32px;height:32px;margin-inline-end:8px;border-radius:50%}
.tools{display:flex;gap:2px;margin-inline-start:-8px}
.tools svg{width:18px}
.tools :last-child svg{transform:rotate(180deg)}
.tools [aria-pressed=true]{background:var(--sunk);color:var(--link)}
.tools [aria-pressed=true] svg{fill:currentColor}
form.why{display:grid;gap:8px}
.why textarea{border:1px solid var(--muted);border-radius:10px}
.tool:hover,.tools button:hover,.chips button:hover,.action:hover,a.card:hover{background:var(--sunk)}
.log{flex:1;overflow:hidden auto;padding:20px 16px;overscroll-behavior:contain;overflow-wrap:anywhere}
.log:focus-visible{outline-offset:-2px}
.greeting{font-size:18px;line-height:1.35}

.question{width:fit-content;max-width:85%;margin:20px 0 16px auto;padding:8px 14px;border-radius:14px 14px 4px;background:var(--accent);color:var(--on);white-space:pre-wrap}
.answer>*+*,.answer div>*+*{margin-top:10px}
.answer div :is(ol,ul){padding-inline-start:22px;list-style:disc}
.answer div ol{list-style:decimal}
blockquote{padding-inline-start:12px;border-inline-start:3px solid var(--line)}
pre,code{border-radius:6px;background:var(--sunk);font:13px/1.5 ui-monospace,Consolas,monospace}
code{padding:2px 4px}
pre{padding:8px;overflow-x:auto}
hr{border:0;border-top:1px solid var(--line)}
a{color:var(--link)}
.working,.foot,.status,.failure,.why,.answer>h3,small{font-size:13px}
.working,.foot,.answer>h3{color:var(--muted)}
.working::before{content:"";display:inline-block;width:8px;height:8px;margin-inline-end:8px;border-radius:50%;background:var(--link);animation:work 1s infinite alternate}
@keyframes work{to{opacity:.2}}
.cite{margin:0 1px;padding:0 5px;border-radius:8px;background:var(--sunk);color:var(--link);font-size:11px;font-weight:600;vertical-align:2px}
.unanswered{padding:12px 14px;border:1px dashed var(--muted);border-radius:12px}
.failure{padding-inline-start:10px;border-inline-start:3px solid var(--bad)}
.chips,.sources{display:grid;gap:8px}
.answer>*+:is(h3,.chips),.greeting+.chips{margin-top:18px}
.chips button,.action,.card,.newest{display:block;color:inherit;padding:9px 14px;border:1px solid var(--line);border-radius:10px}
.action{width:fit-content;font-size:13px;font-weight:600;text-decoration:none}
.action:disabled{color:var(--muted);cursor:default}
.card{position:relative;padding-inline-start:40px;color:inherit;font-size:13px;text-decoration:none}
.card b{position:absolute;inset-inline-start:14px;color:var(--link)}
.card :is(strong,small){display:block}
.card :is(small,q){color:var(--muted)}
q{display:-webkit-box;overflow:hidden;-webkit-box-orient:vertical;-webkit-line-clamp:3}
.newest{display:flex;align-self:center;gap:6px;margin-top:-48px;margin-bottom:8px;z-index:1;background:var(--paper)}
.status:not(:empty){padding:8px 16px;background:var(--sunk)}
.composer{display:flex;align-items:end;margin:12px;padding:4px;border:1px solid var(--muted);border-radius:12px}
.composer:focus-within{outline:2px solid var(--link);outline-offset:-1px}
.composer textarea:focus-visible{outline:0}
::placeholder{color:var(--muted)}
textarea{all:unset;flex:1;box-sizing:border-box;max-height:140px;padding:7px 10px;overflow-wrap:anywhere;white-space:pre-wrap}
.send{padding:8px;border-radius:9px;background:var(--accent);color:var(--on)}
.send:disabled{background:var(--sunk);color:var(--muted)}
.foot{padding:0 16px 12px}
@media(pointer:coarse),(max-width:479.9px),(max-height:419.9px){
.tool,.send{padding:12px}
.tools button{padding:13px}
.chips button,.action,.newest{min-height:44px}
textarea{padding-block:10px;font-size:16px}}
@media(max-width:479.9px),(max-height:419.9px){
.bubble[aria-expanded=true]{display:none}
.frame dialog.panel{inset:0;width:auto;height:100dvh;border:0;border-radius:0;padding:env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left)}}
@media(forced-colors:active){.panel,.cite{border:1px solid}.working::before{background:CanvasText}.tools [aria-pressed=true]{outline:2px solid}}
@media(prefers-reduced-motion:reduce){*,::before{animation:none!important}}`;
