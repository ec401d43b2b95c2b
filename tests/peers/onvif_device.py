#!/usr/bin/python3
"""A camera that speaks ONVIF, written from the specifications and strict about what it is sent.

    onvif_device.py [--maker MAKER] [--clock SECONDS] [--user admin] [--password secret]
                    [--discovery PORT] [--noise] [--rtsp PORT] [--tls CERTIFICATE KEY]

Makers, each with faults of real ones:

    gsoap        prefixes as gSOAP writes them; logs in by UsernameToken; pan, tilt, zoom, presets
    digest       HTTP Digest and nothing else; the newer media service too, with H.265
    stale        HTTP Digest whose nonce is good for three requests
    strict       HTTP Digest even for the clock
    never        HTTP Digest whose nonces have always run out
    profile-t    the newer media service only, no prefixes at all, one address for all services
    must         does not understand a UsernameToken in the newer media service, wants HTTP Digest there
    moved        names the address it had before, in all it says; breaks its stream's address in two
    old          no GetServices, local time only, faults of SOAP 1.1, MPEG-4 and JPEG
    late         says its local time where UTC belongs; its HTTP server has it right
    fixed        no motors
    no-timeout   refuses a Timeout and a zoom, and knows no Stop
    open         asks for no login
    basic        wants the password in plain text
    slow         takes a second for each answer
    no-video     only sound
    recorder     two cameras; the second can be moved
    html bomb endless deep cut hangs-up silent error
                 answers nonsense

Prints `ready ADDRESS` and `discovery PORT`, then what happens, one line each, with milliseconds since the
start: `12 move 0.5 0.0 - PT3S`, `15 stop`, `20 refused WHY`. What breaks the specification is
`violation WHAT`. Reads commands: `clock SECONDS` sets its clock. Ends with stdin.
"""

import argparse
import base64
import binascii
import datetime
import hashlib
import http.server
import os
import re
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse
import xml.etree.ElementTree as ET

ENV = "http://www.w3.org/2003/05/soap-envelope"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
DIGEST = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
TDS = "http://www.onvif.org/ver10/device/wsdl"
TRT = "http://www.onvif.org/ver10/media/wsdl"
TR2 = "http://www.onvif.org/ver20/media/wsdl"
PTZ = "http://www.onvif.org/ver20/ptz/wsdl"
TT = "http://www.onvif.org/ver10/schema"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSD = "http://schemas.xmlsoap.org/ws/2005/04/discovery"

# What may stand in a request: (namespace, name, whether it must), in this order.
PROFILE = ("ProfileToken", True)
CONTENT = {
    (TDS, "GetSystemDateAndTime"): [],
    (TDS, "GetServices"): [("IncludeCapability", True)],
    (TDS, "GetCapabilities"): [("Category", False)],
    (TRT, "GetProfiles"): [],
    (TRT, "GetStreamUri"): [("StreamSetup", True), PROFILE],
    (TR2, "GetProfiles"): [("Token", False), ("Type", False)],
    (TR2, "GetStreamUri"): [("Protocol", True), PROFILE],
    (PTZ, "GetNode"): [("NodeToken", True)],
    (PTZ, "ContinuousMove"): [PROFILE, ("Velocity", True), ("Timeout", False)],
    (PTZ, "Stop"): [PROFILE, ("PanTilt", False), ("Zoom", False)],
    (PTZ, "GotoHomePosition"): [PROFILE, ("Speed", False)],
    (PTZ, "GetPresets"): [PROFILE],
    (PTZ, "GotoPreset"): [PROFILE, ("PresetToken", True), ("Speed", False)],
    (PTZ, "SetPreset"): [PROFILE, ("PresetName", False), ("PresetToken", False)],
    (PTZ, "RemovePreset"): [PROFILE, ("PresetToken", True)],
}

BEGAN = time.monotonic()
SAYING = threading.Lock()


def say(*words):
    with SAYING:
        print(*words, flush=True)


def tell(*words):
    say(int((time.monotonic() - BEGAN) * 1000), *words)


class Fault(Exception):
    def __init__(self, codes, reason, status=400):
        self.codes, self.reason, self.status = codes, reason, status


class Violation(Fault):
    """What a camera would never be sent by one who has read the specification."""

    def __init__(self, what):
        tell("violation", what)
        super().__init__(["Sender", "ter:InvalidArgVal"], what)


def invalid(what):
    return Fault(["Sender", "ter:InvalidArgVal"], what)


def unauthorized():
    return Fault(["Sender", "ter:NotAuthorized"], "Sender not authorized")


class Challenge(Exception):
    """HTTP wants a login."""

    def __init__(self, stale=False):
        self.stale = stale


class Camera:
    def __init__(self, options):
        self.options = options
        self.maker = options.maker
        self.clock = options.clock
        self.seen_nonces = set()
        self.nonces = {}
        self.presets = {"1": "Door", "2": "Gate & <garden>"}
        self.profiles = self.make_profiles()
        self.rtsp = options.rtsp
        self.scheme = "https" if options.tls else "http"

    def make_profiles(self):
        """(token, name, encoding, width, height, pictures a second, whether it can be moved)"""
        match self.maker:
            case "old":
                return [("0", "mpeg4", "MPEG4", 1280, 720, 15, True), ("1", "jpeg", "JPEG", 640, 480, 10, True)]
            case "digest" | "profile-t" | "must" | "stale" | "strict" | "never":
                return [("sub<&>", "Sub", "H264", 640, 360, 10, True), ("main", "Main", "H265", 2560, 1440, 20, True)]
            case "no-video":
                return [("0", "Sound", None, 0, 0, 0, False)]
            case "recorder":
                return [("101", "Yard", "H264", 1280, 720, 15, False), ("102", "Yard small", "H264", 640, 360, 5, False),
                        ("201", "Gate", "H264", 1920, 1080, 15, True), ("202", "Gate small", "H264", 704, 576, 5, False)]
            case _:
                movable = self.maker != "fixed"
                return [("MainProfile", "Main stream", "H264", 1920, 1080, 25, movable),
                        ("SubProfile", "Sub stream", "H264", 640, 360, 15, movable),
                        ("Tiny", "Phone", "H264", 176, 144, 5, False)]

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.clock)

    # The login

    def wants_digest(self, namespace):
        match self.maker:
            case "digest" | "stale" | "strict" | "never":
                return True
            case "must":
                return namespace == TR2
        return False

    def check_login(self, headers, header, namespace, address):
        if self.maker == "open":
            return
        if self.maker == "basic":
            raise Challenge()
        security = header.find(f"{{{WSSE}}}Security") if header is not None else None
        authorization = headers.get("Authorization")
        if authorization is not None:
            self.check_digest(authorization, address)
        elif self.wants_digest(namespace):
            if self.maker == "must" and security is not None:
                raise Fault(["MustUnderstand"], "The data in element 'Security' must be understood but cannot be "
                            "processed", 500)
            raise Challenge()
        elif security is None:
            raise unauthorized()
        else:
            self.check_token(security)

    def check_digest(self, authorization, address):
        scheme, _, rest = authorization.partition(" ")
        if scheme != "Digest":
            raise Violation(f"a login by {scheme}")
        given = {key: quoted or bare for key, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', rest)}
        if given.get("uri") != address:
            raise Violation(f"a login for {given.get('uri')} at {address}")
        if given.get("nonce") not in self.nonces:
            tell("refused", "unknown nonce")
            raise Challenge(stale=True)
        count = int(given.get("nc", "0"), 16)
        if count <= self.nonces[given["nonce"]]:
            raise Violation("a nonce used twice")
        if self.maker == "never" or (self.maker == "stale" and count > 3):
            del self.nonces[given["nonce"]]
            tell("refused", "stale nonce")
            raise Challenge(stale=True)
        self.nonces[given["nonce"]] = count

        def hashed(text):
            return hashlib.md5(text.encode()).hexdigest()

        secret = hashed(f"{self.options.user}:camera(1234):{self.options.password}")
        request = hashed(f"POST:{address}")
        right = hashed(f"{secret}:{given['nonce']}:{given['nc']}:{given['cnonce']}:auth:{request}")
        if given.get("username") != self.options.user or given.get("response") != right:
            tell("refused", "digest")
            raise Challenge()

    def check_token(self, security):
        token = security.find(f"{{{WSSE}}}UsernameToken")
        if token is None:
            raise Violation("Security without a UsernameToken")
        user, password, nonce = (token.find(f"{{{WSSE}}}{name}") for name in ("Username", "Password", "Nonce"))
        created = token.find(f"{{{WSU}}}Created")
        if any(part is None for part in (user, password, nonce, created)):
            raise Violation("a UsernameToken that lacks something")
        if password.get("Type") != DIGEST or nonce.get("EncodingType") != BASE64:
            raise Violation("a UsernameToken of an unknown type")
        if nonce.text in self.seen_nonces:
            raise Violation("a nonce used twice")
        self.seen_nonces.add(nonce.text)
        try:
            raw = base64.b64decode(nonce.text, validate=True)
            made = datetime.datetime.strptime(created.text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
        except (binascii.Error, ValueError) as problem:
            raise Violation(f"a UsernameToken that cannot be read: {problem}") from None
        if len(raw) < 16:
            raise Violation("a short nonce")
        if abs((self.now() - made).total_seconds()) > 5:
            tell("refused", "time")
            raise Fault(["Sender", "wsse:FailedAuthentication"], "Wsse authorized time check failed.")
        right = hashlib.sha1(raw + created.text.encode() + self.options.password.encode()).digest()
        if user.text != self.options.user or password.text != base64.b64encode(right).decode():
            tell("refused", "token")
            raise unauthorized()

    # The services

    def xaddr(self, service):
        host = "10.99.99.99:8080" if self.maker == "moved" else f"127.0.0.1:{self.port}"
        path = "device_service" if self.maker == "profile-t" else service
        return f"{self.scheme}://{host}/onvif/{path}"

    def services(self):
        services = {TDS: "device_service", TRT: "media", TR2: "media2", PTZ: "ptz"}
        if self.maker == "profile-t":
            del services[TRT]
        elif self.maker not in ("digest", "must", "strict", "never"):
            del services[TR2]
        if self.maker == "fixed":
            del services[PTZ]
        return services

    def answer(self, namespace, name, content):
        if (namespace, name) not in CONTENT:
            raise Violation(f"{name} of {namespace}, which is no request")
        if namespace not in self.services():
            raise Violation(f"{name} of a service that is not there")
        self.check_content(namespace, name, content)
        if namespace == PTZ:
            return self.ptz(name, content)
        kind = "2" if namespace == TR2 else ""
        return getattr(self, f"{name}{kind}")(content)

    def check_content(self, namespace, name, content):
        allowed = CONTENT[namespace, name]
        names = [part.tag for part in content]
        order = [f"{{{namespace}}}{part}" for part, _ in allowed]
        if any(part not in order for part in names) or sorted(names, key=order.index) != names:
            raise Violation(f"{name} with {names}")
        for part, needed in allowed:
            if needed and f"{{{namespace}}}{part}" not in names:
                raise Violation(f"{name} without {part}")

    def text(self, content, name):
        part = next((part for part in content if part.tag.endswith("}" + name)), None)
        return None if part is None else part.text or ""

    def GetSystemDateAndTime(self, _):
        late = 7200 if self.maker == "late" else 0
        now = self.now() + datetime.timedelta(seconds=late)
        kind = "LocalDateTime" if self.maker == "old" else "UTCDateTime"
        return f"""<tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>
            <tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>CET-1CEST</tt:TZ></tt:TimeZone>
            <tt:{kind}><tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>
            <tt:Second>{now.second}</tt:Second></tt:Time><tt:Date><tt:Year>{now.year}</tt:Year>
            <tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date></tt:{kind}></tds:SystemDateAndTime>"""

    def GetServices(self, _):
        if self.maker == "old":
            raise Fault(["Receiver", "ter:ActionNotSupported"], "Optional Action Not Implemented", 500)
        return "".join(f"<tds:Service><tds:Namespace>{namespace}</tds:Namespace><tds:XAddr>{self.xaddr(path)}"
                       "</tds:XAddr><tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version>"
                       "</tds:Service>" for namespace, path in self.services().items())

    def GetCapabilities(self, _):
        services = self.services()
        parts = [("Device", TDS), ("Media", TRT), ("PTZ", PTZ)]
        return "<tds:Capabilities>" + "".join(
            f"<tt:{part}><tt:XAddr>{self.xaddr(services[namespace])}</tt:XAddr></tt:{part}>"
            for part, namespace in parts if namespace in services) + "</tds:Capabilities>"

    def video_source(self, token):
        source = f"source{token[0]}" if self.maker == "recorder" else "source"
        return (f"<tt:Name>s</tt:Name><tt:UseCount>1</tt:UseCount><tt:SourceToken>{source}</tt:SourceToken>"
                '<tt:Bounds x="0" y="0" width="1920" height="1080"/>')

    def GetProfiles(self, _):
        parts = ""
        for token, name, encoding, width, height, rate, movable in self.profiles:
            if self.maker in ("digest", "must", "strict", "never"):
                # The older service cannot tell H.265.
                encoding = "H264"
            parts += f'<trt:Profiles token="{escape(token)}" fixed="true"><tt:Name>{escape(name)}</tt:Name>'
            if encoding:
                parts += f"""<tt:VideoSourceConfiguration token="s">{self.video_source(token)}
                    </tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration token="v"><tt:Name>v</tt:Name><tt:UseCount>1</tt:UseCount>
                    <tt:Encoding>{encoding}</tt:Encoding><tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}
                    </tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>{rate}</tt:FrameRateLimit>
                    <tt:BitrateLimit>4096</tt:BitrateLimit></tt:RateControl></tt:VideoEncoderConfiguration>"""
            if movable:
                parts += f"<tt:PTZConfiguration token=\"p\">{self.ptz_configuration()}</tt:PTZConfiguration>"
            parts += "</trt:Profiles>"
        return parts

    def GetProfiles2(self, content):
        if self.text(content, "Type") is None:
            return "".join(f'<tr2:Profiles token="{escape(token)}"><tr2:Name>{escape(name)}</tr2:Name></tr2:Profiles>'
                           for token, name, *_ in self.profiles)
        if self.text(content, "Type") not in ("All", "VideoEncoder"):
            raise Violation("an unknown type of configuration")
        parts = ""
        for token, name, encoding, width, height, rate, movable in self.profiles:
            parts += f"""<tr2:Profiles token="{escape(token)}" fixed="true"><tr2:Name>{escape(name)}</tr2:Name>
                <tr2:Configurations><tr2:VideoSource token="s">{self.video_source(token)}</tr2:VideoSource>
                <tr2:VideoEncoder token="v" GovLength="50" Profile="Main"><tt:Name>v</tt:Name>
                <tt:Encoding>{encoding}</tt:Encoding><tt:Resolution><tt:Width>{width}</tt:Width>
                <tt:Height>{height}</tt:Height></tt:Resolution><tt:RateControl ConstantBitRate="false">
                <tt:FrameRateLimit>{rate}.0</tt:FrameRateLimit></tt:RateControl></tr2:VideoEncoder>"""
            # Some leave this out here.
            if movable and self.maker != "digest":
                parts += f'<tr2:PTZ token="p">{self.ptz_configuration()}</tr2:PTZ>'
            parts += "</tr2:Configurations></tr2:Profiles>"
        return parts

    def ptz_configuration(self):
        return """<tt:Name>p</tt:Name><tt:UseCount>1</tt:UseCount><tt:NodeToken>node&lt;1&gt;</tt:NodeToken>
            <tt:DefaultContinuousPanTiltVelocitySpace>http://www.onvif.org/ver10/tptz/PanTiltSpaces/VelocityGenericSpace
            </tt:DefaultContinuousPanTiltVelocitySpace>"""

    def stream_uri(self, content):
        token = self.text(content, "ProfileToken")
        self.profile(token)
        address = f"rtsp://127.0.0.1:{self.rtsp}/{urllib.parse.quote(token)}?channel=1&subtype=0"
        if self.maker == "moved":
            address = address.replace("127.0.0.1", "admin:secret@10.99.99.99").replace("?", "\r\n?")
        # A bare ampersand is no XML, but some write it.
        return address if self.maker == "moved" else escape(address)

    def GetStreamUri(self, content):
        setup = next(part for part in content if part.tag.endswith("StreamSetup"))
        parts = [(part.tag, (part.text or "").strip()) for part in setup.iter()][1:]
        kinds = [[(f"{{{TT}}}Stream", "RTP-Unicast"), (f"{{{TT}}}Transport", ""), (f"{{{TT}}}Protocol", kind)]
                 for kind in ("RTSP", "UDP")]
        if parts not in kinds:
            raise Violation(f"GetStreamUri for {parts}")
        return f"""<trt:MediaUri><tt:Uri>{self.stream_uri(content)}</tt:Uri>
            <tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot>
            <tt:Timeout>PT60S</tt:Timeout></trt:MediaUri>"""

    def GetStreamUri2(self, content):
        if self.text(content, "Protocol") not in ("RTSP", "RtspUnicast"):
            raise Violation("an unknown protocol")
        return f"<tr2:Uri>{self.stream_uri(content)}</tr2:Uri>"

    def profile(self, token):
        found = next((profile for profile in self.profiles if profile[0] == token), None)
        if found is None:
            raise Fault(["Sender", "ter:InvalidArgVal", "ter:NoProfile"], "Profile token does not exist")
        return found

    # Movement

    def ptz(self, name, content):
        if name == "GetNode":
            if self.text(content, "NodeToken") != "node<1>":
                raise Fault(["Sender", "ter:InvalidArgVal", "ter:NoEntity"], "No such node")
            zoom = "" if self.maker == "no-timeout" else self.space("ContinuousZoomVelocitySpace", "Zoom", ["X"])
            pan_tilt = self.space("ContinuousPanTiltVelocitySpace", "PanTilt", ["X", "Y"])
            return f"""<tptz:PTZNode token="node&lt;1&gt;" FixedHomePosition="false"><tt:Name>n</tt:Name>
                <tt:SupportedPTZSpaces>{pan_tilt}{zoom}</tt:SupportedPTZSpaces>
                <tt:MaximumNumberOfPresets>3</tt:MaximumNumberOfPresets><tt:HomeSupported>true</tt:HomeSupported>
                </tptz:PTZNode>"""
        if not self.profile(self.text(content, "ProfileToken"))[6]:
            raise Fault(["Receiver", "ter:Action", "ter:NoPTZProfile"], "No PTZ profile", 500)
        return getattr(self, name)(content)

    def space(self, name, kind, axes):
        ranges = "".join(f"<tt:{axis}Range><tt:Min>-1</tt:Min><tt:Max>1</tt:Max></tt:{axis}Range>" for axis in axes)
        uri = f"http://www.onvif.org/ver10/tptz/{kind}Spaces/VelocityGenericSpace"
        return f"<tt:{name}><tt:URI>{uri}</tt:URI>{ranges}</tt:{name}>"

    def ContinuousMove(self, content):
        velocity = next(part for part in content if part.tag.endswith("Velocity"))
        pan_tilt, zoom = velocity.find(f"{{{TT}}}PanTilt"), velocity.find(f"{{{TT}}}Zoom")
        if len(velocity) != (pan_tilt is not None) + (zoom is not None) or not len(velocity):
            raise Violation("a velocity of something else")
        timeout = self.text(content, "Timeout")
        if timeout is not None and not re.fullmatch(r"PT\d+S", timeout):
            raise Violation(f"a timeout {timeout}")
        if self.maker == "no-timeout":
            if timeout is not None:
                tell("refused", "timeout")
                raise invalid("timeout is an unsupported field")
            if zoom is not None:
                raise Violation("a zoom that is not there")
        speeds = []
        for part, axis in ((pan_tilt, "x"), (pan_tilt, "y"), (zoom, "x")):
            speeds.append("-" if part is None else float(part.get(axis)))
        if any(speed != "-" and not -1 <= speed <= 1 for speed in speeds):
            raise Violation("a speed beyond the range")
        tell("move", *speeds, timeout or "-")
        return ""

    def Stop(self, content):
        if self.maker == "no-timeout":
            raise Fault(["Receiver", "ter:ActionNotSupported"], "Not implemented", 500)
        if any(self.text(content, name) not in (None, "true", "false") for name in ("PanTilt", "Zoom")):
            raise Violation("a Stop of something else")
        tell("stop")
        return ""

    def GotoHomePosition(self, _):
        tell("home")
        return ""

    def GetPresets(self, _):
        return "".join(f'<tptz:Preset token="{token}"><tt:Name>{escape(name)}</tt:Name></tptz:Preset>'
                       for token, name in self.presets.items())

    def preset(self, content):
        token = self.text(content, "PresetToken")
        if token not in self.presets:
            raise Fault(["Sender", "ter:InvalidArgVal", "ter:NoToken"], "The requested preset token does not exist.")
        return token

    def GotoPreset(self, content):
        tell("go-to", self.preset(content))
        return ""

    def SetPreset(self, content):
        if len(self.presets) >= 3:
            raise Fault(["Receiver", "ter:Action", "ter:TooManyPresets"], "Maximum number of Presets reached.", 500)
        token = str(max(map(int, self.presets), default=0) + 1)
        self.presets[token] = self.text(content, "PresetName")
        return f"<tptz:PresetToken>{token}</tptz:PresetToken>"

    def RemovePreset(self, content):
        del self.presets[self.preset(content)]
        return ""

    # Messages

    def envelope(self, body):
        """In the maker's handwriting; what is above is written with the usual prefixes."""
        prefixes = {"SOAP-ENV": ENV, "tds": TDS, "trt": TRT, "tr2": TR2, "tptz": PTZ, "tt": TT,
                    "ter": "http://www.onvif.org/ver10/error"}
        declared = " ".join(f'xmlns:{prefix}="{namespace}"' for prefix, namespace in prefixes.items())
        text = (f'<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope {declared}><SOAP-ENV:Body>{body}'
                "</SOAP-ENV:Body></SOAP-ENV:Envelope>")
        match self.maker:
            case "digest" | "stale":
                return text.replace("SOAP-ENV", "env").replace("tt:", "t9:").replace("xmlns:tt=", "xmlns:t9=")
            case "profile-t":
                # A namespace of its own on each element.
                def bare(found):
                    namespace = prefixes[found[1]]
                    return f'<{found[2]} xmlns="{namespace}"'
                text = re.sub(r' xmlns:[\w-]+="[^"]*"', "", text)
                text = re.sub(r"<([\w-]+):(\w+)", bare, text)
                return "\ufeff" + re.sub(r"</[\w-]+:", "</", text)
        return text

    def fault(self, fault):
        if self.maker == "old":
            return self.envelope(f"<SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode><faultstring>{fault.reason}"
                                 f"</faultstring><detail>{fault.codes[-1]}</detail></SOAP-ENV:Fault>")
        inner = ""
        for code in reversed(fault.codes[1:]):
            inner = f"<SOAP-ENV:Subcode><SOAP-ENV:Value>{code}</SOAP-ENV:Value>{inner}</SOAP-ENV:Subcode>"
        return self.envelope(
            f"<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:{fault.codes[0]}</SOAP-ENV:Value>{inner}"
            f'</SOAP-ENV:Code><SOAP-ENV:Reason><SOAP-ENV:Text xml:lang="en">{escape(fault.reason)}</SOAP-ENV:Text>'
            "</SOAP-ENV:Reason></SOAP-ENV:Fault>")


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    camera = None

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string(time.time() + self.camera.clock)

    def do_GET(self):
        tell("violation", "GET")
        self.reply(405, "text/html", b"<html>405</html>")

    def do_POST(self):
        camera = self.camera
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.nonsense():
            return
        if camera.maker == "slow":
            time.sleep(1)
        try:
            namespace, name, header, content = self.read(body)
            if (namespace, name) != (TDS, "GetSystemDateAndTime") or camera.maker == "strict":
                camera.check_login(self.headers, header, namespace, self.path)
            elif header is not None and len(header):
                raise Violation("a login for GetSystemDateAndTime")
            answer = camera.answer(namespace, name, content)
            prefix = {TDS: "tds", TRT: "trt", TR2: "tr2", PTZ: "tptz"}[namespace]
            if (namespace, answer) == (PTZ, "") and camera.maker == "digest":
                self.reply(200, "application/soap+xml", b"")  # Some say no more than that.
                return
            text = camera.envelope(f"<{prefix}:{name}Response>{answer}</{prefix}:{name}Response>")
            self.reply(200, "application/soap+xml; charset=utf-8", text.encode())
        except Fault as fault:
            self.reply(fault.status, "application/soap+xml; charset=utf-8", camera.fault(fault).encode())
        except Challenge as challenge:
            if camera.maker == "basic":
                wanted = 'Basic realm="camera"'
            else:
                nonce = os.urandom(8).hex()
                camera.nonces[nonce] = 0
                wanted = (f'Digest qop="auth", realm="camera(1234)", nonce="{nonce}", '
                          f'stale="{"TRUE" if challenge.stale else "FALSE"}", opaque=""')
            page = b"<!DOCTYPE html><html><head><title>401</title></head></html>"
            self.reply(401, "text/html", page, {"WWW-Authenticate": wanted})

    def read(self, body):
        """The request in the body, if all about it is right."""
        camera = self.camera
        kind = self.headers["Content-Type"] or ""
        action = re.fullmatch(r'application/soap\+xml; ?charset=utf-8; ?action="([^"]+)"', kind)
        if action is None:
            raise Violation(f"Content-Type {kind}")
        try:
            envelope = ET.fromstring(body)
        except ET.ParseError as problem:
            raise Violation(f"no XML: {problem}") from None
        if envelope.tag != f"{{{ENV}}}Envelope":
            raise Violation(f"{envelope.tag} instead of an envelope")
        header, content = envelope.find(f"{{{ENV}}}Header"), envelope.find(f"{{{ENV}}}Body")
        if content is None or len(content) != 1:
            raise Violation("a body that has not one request")
        namespace, _, name = content[0].tag[1:].partition("}")
        if action[1] != f"{namespace}/{name}":
            raise Violation(f"the action {action[1]} for {content[0].tag}")
        services = camera.services()
        path = "device_service" if camera.maker == "profile-t" else services.get(namespace)
        if self.path != f"/onvif/{path}":
            raise Violation(f"{name} at {self.path}")
        host = self.headers["Host"]
        if host != f"127.0.0.1:{camera.port}":
            raise Violation(f"Host {host}")
        return namespace, name, header, content[0]

    def nonsense(self):
        """Answers it, if that is this maker's way."""
        match self.camera.maker:
            case "html":
                self.reply(200, "text/html", b"<html><body>Welcome to your router</body></html>")
            case "error":
                self.reply(404, "text/html", b"<html><body>404</body></html>")
            case "bomb":
                entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(20))
                self.reply(200, "application/soap+xml",
                           f'<!DOCTYPE x [<!ENTITY e0 "boom">{entities}]><x>&e20;</x>'.encode())
            case "deep":
                self.reply(200, "application/soap+xml", b"<a>" * 500_000)
            case "cut":
                self.reply(200, "application/soap+xml", self.camera.envelope("<a>")[:150].encode())
            case "endless":
                self.send_response(200)
                self.end_headers()
                try:
                    while True:
                        self.wfile.write(b"<a>endless</a>" * 1000)
                except OSError:
                    tell("let go")
                self.close_connection = True
            case "hangs-up":
                self.close_connection = True
            case "silent":
                time.sleep(3600)
            case _:
                return False
        return True

    def reply(self, status, kind, body, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for key, value in dict(headers).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        if not isinstance(sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1], OSError):
            super().handle_error(*_)


def discovery(camera, port, noise):
    """Answers what is asked by multicast, or here."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", port))
    for index, name in socket.if_nameindex():
        group = struct.pack("4s4si", socket.inet_aton("239.255.255.250"), socket.inet_aton("0.0.0.0"), index)
        try:
            listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
        except OSError as problem:
            print(f"no multicast on {name}: {problem}", file=sys.stderr)
    say("discovery", listener.getsockname()[1])

    def serve():
        while True:
            datagram, sender = listener.recvfrom(65535)
            try:
                answer = probe_match(camera, datagram)
            except (ET.ParseError, AttributeError) as problem:
                tell("violation", f"a probe that cannot be read: {problem}")
                continue
            if answer is None:
                continue
            if noise:
                for junk in hostile(answer):
                    listener.sendto(junk, sender)
            for _ in range(2):  # As the specification has it: again, for datagrams get lost.
                listener.sendto(answer.encode(), sender)

    threading.Thread(target=serve, daemon=True).start()


def probe_match(camera, datagram):
    text = datagram.decode()
    if "\n" in text:
        tell("violation", "a probe with line breaks")
    prefixes = dict(re.findall(r'xmlns:(\w+)="([^"]+)"', text))
    probe = ET.fromstring(text)
    header = {part.tag: part.text for part in probe.find(f"{{{ENV}}}Header")}
    if header[f"{{{WSA}}}Action"] != f"{WSD}/Probe":
        tell("violation", "an unknown action of discovery")
    if header[f"{{{WSA}}}To"] != "urn:schemas-xmlsoap-org:ws:2005:04:discovery":
        tell("violation", "a probe to somebody else")
    wanted = probe.find(f"{{{ENV}}}Body/{{{WSD}}}Probe/{{{WSD}}}Types").text
    prefix, _, name = wanted.partition(":")
    # Each maker answers to one of the two questions only.
    mine = ("Device", TDS) if camera.maker == "profile-t" else \
        ("NetworkVideoTransmitter", "http://www.onvif.org/ver10/network/wsdl")
    if (name, prefixes[prefix]) != mine:
        return None
    tell("probed")
    scopes = ["onvif://www.onvif.org/type/video_encoder", "onvif://www.onvif.org/Profile/Streaming",
              f"onvif://www.onvif.org/name/Fake%20{camera.maker}", "onvif://www.onvif.org/hardware/FK-1",
              "onvif://www.onvif.org/location/garden"]
    return f"""<?xml version="1.0" encoding="utf-8"?><e:Envelope xmlns:e="{ENV}" xmlns:w="{WSA}" xmlns:d="{WSD}"
        xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="{TDS}"><e:Header>
        <w:MessageID>urn:uuid:{os.urandom(16).hex()}</w:MessageID><w:RelatesTo>{header[f"{{{WSA}}}MessageID"]}
        </w:RelatesTo><w:To>{WSA}/role/anonymous</w:To><w:Action>{WSD}/ProbeMatches</w:Action>
        <d:AppSequence InstanceId="1" MessageNumber="1"/></e:Header><e:Body><d:ProbeMatches><d:ProbeMatch>
        <w:EndpointReference><w:Address>urn:uuid:5f5a69c2-e0ae-504f-829b-{camera.port:012d}</w:Address>
        </w:EndpointReference><d:Types>{"dn" if mine[0] != "Device" else "tds"}:{mine[0]}</d:Types>
        <d:Scopes>{" ".join(scopes)}</d:Scopes><d:XAddrs>http://[fe80::1]/onvif/device_service
        {camera.xaddr("device_service")}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch>
        </d:ProbeMatches></e:Body></e:Envelope>"""


def hostile(answer):
    """What should not be taken for a camera."""
    yield b"\xff" * 1000
    yield b"<" * 60000
    yield b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + answer.split("?>", 1)[1].encode()
    yield answer.replace("NetworkVideoTransmitter", "PrintDeviceType").replace("onvif:", "other:").encode()
    yield answer.replace("http://", "file://").encode()
    yield answer[:700].encode()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--maker", default="gsoap")
    parser.add_argument("--clock", type=float, default=0)
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", default="secret")
    parser.add_argument("--discovery", type=int)
    parser.add_argument("--noise", action="store_true")
    parser.add_argument("--rtsp", type=int, default=554)
    parser.add_argument("--tls", nargs=2)
    options = parser.parse_args()
    camera = Handler.camera = Camera(options)
    server = Server(("127.0.0.1", 0), Handler)
    camera.port = server.server_address[1]
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if options.discovery is not None:
        discovery(camera, options.discovery, options.noise)
    say("ready", f"{camera.scheme}://127.0.0.1:{camera.port}/onvif/device_service")
    for line in sys.stdin:
        match line.split():
            case ["clock", seconds]:
                camera.clock = float(seconds)
                say("clock is set")


main()
