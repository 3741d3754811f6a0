"""Content that tries to be more than content."""

from __future__ import annotations

#: What a script does that got to run: it leaves a mark on the document that any later look at it shows.
MARK = "data-ran"
RUN = f"document.documentElement.setAttribute('{MARK}','')"

#: Everything that has ever got a report to run something, in one text.
PAYLOAD = (
    f"</title></style></script></textarea>--></pre><script>{RUN}</script>"
    f'"><img src=x onerror="{RUN}"><svg onload="{RUN}"></svg>'
    f"' onmouseover='{RUN}' autofocus onfocus='{RUN}' x='"
    f'<iframe srcdoc="<script>parent.{RUN}</script>"></iframe><base href=javascript:/>'
    f'<meta http-equiv=refresh content="0;url=javascript:{RUN}"><style>*{{display:none}}</style>'
    f"<a href=javascript:{RUN}>x</a>]]><!-- ]]&gt; &#0; <![CDATA[ {{{{ 7*191 }}}} {{% raw %}} ${{7*191}}"
)

#: Links that must not be followed.
LINKS = (
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f"java\nscript:{RUN}",
    f"\x01javascript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"vbscript:{RUN}",
    "//example.org/",
    "file:///etc/passwd",
    "https://",
    "http://[",
    "https://example.org/\u202egnp.exe",
    'https://example.org/" onclick="x',
)

#: What steers a terminal, a line of text or its reader.
STEERING = "\x1b[2J\x1b]0;owned\x07\x9b31m\x00\x08\x7f\r\u202e\u2066\u200b\u2028\ufeff\ufffe\uffff\ud800\U000e0041"
