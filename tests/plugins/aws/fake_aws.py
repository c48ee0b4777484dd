#!/usr/bin/env python3
"""A loopback fake of the AWS calls that carry prices and scale groups, with faults on request. For tests.

usage: fake_aws.py FOLDER    prints its port, answers until it is killed or its stdin ends

EC2 DescribeSpotPriceHistory and DescribeInstanceTypes (query protocol, XML) and Pricing GetProducts
(JSON 1.1) answer from fake_aws.json beside this script, in pages of two entries. Each request is
logged, and meets the faults of FOLDER/faults.json, as ../fake_server.py tells.
"""
import gzip, json, os, sys, time, urllib.parse
from xml.sax.saxutils import escape

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from fake_server import Fake, serve
from fake_groups import Groups, Wrong

FOLDER = sys.argv[1]
GROUPS = Groups(FOLDER)
DATA = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_aws.json")))
PAGE = 2


def item(**fields):
    return "<item>" + "".join(f"<{k}>{v}</{k}>" for k, v in fields.items()) + "</item>"


def page_of(rows, token):
    begin = int(token or 0)
    return rows[begin:begin + PAGE], str(begin + PAGE) if begin + PAGE < len(rows) else ""


def listed(form, name):
    return [v for k, v in sorted(form.items()) if k.startswith(name + ".")]


def xml(action, body, token):
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<{action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
            f"<requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>{body}<nextToken>{escape(token)}</nextToken></{action}Response>")


def scaling(action, result):
    """An answer about groups; EC2's, where it is about machines."""
    if action == "DescribeInstances":
        return xml(action, result, "")
    inside = "" if result is None else f"<{action}Result>{result}</{action}Result>"
    return (f'<{action}Response xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">{inside}'
            f"<ResponseMetadata><RequestId>7c6e177f-f082-11e1-ac58-3714bEXAMPLE</RequestId></ResponseMetadata></{action}Response>")


def spot(form):
    products = listed(form, "ProductDescription")
    rows = [r for r in DATA["spot"] if not products or r["product"] in products]
    rows, token = page_of(rows, form.get("NextToken"))
    items = "".join(item(instanceType=r["type"], productDescription=r["product"], spotPrice=r["price"], timestamp=r["since"],
                         availabilityZone=r["zone"]) for r in rows)
    return xml("DescribeSpotPriceHistory", f"<spotPriceHistorySet>{items}</spotPriceHistorySet>", token)


def types(form):
    rows, token = page_of(DATA["types"], form.get("NextToken"))
    items = "".join(item(
        instanceType=r["type"], currentGeneration="true",
        supportedUsageClasses="<item>on-demand</item><item>spot</item>",
        processorInfo="<supportedArchitectures>" + "".join(f"<item>{a}</item>" for a in r["arch"]) + "</supportedArchitectures>",
        vCpuInfo=f"<defaultVCpus>{r['vcpus']}</defaultVCpus>", memoryInfo=f"<sizeInMiB>{r['memory_mib']}</sizeInMiB>",
        **({"gpuInfo": f"<gpus><item><count>{r['gpus']}</count></item></gpus>"} if "gpus" in r else {})) for r in rows)
    return xml("DescribeInstanceTypes", f"<instanceTypeSet>{items}</instanceTypeSet>", token)


def products(ask):
    wanted = {f["Field"]: f["Value"] for f in ask.get("Filters", [])}
    # Other licences and tenancies come along, so that the client must look.
    rows = [r for r in DATA["products"] if wanted.get("operatingSystem", r["system"]) == r["system"]]
    if wanted.get("regionCode") != DATA["region"]:
        rows = []
    rows, token = page_of(rows, ask.get("NextToken"))

    def product(n, r):
        sku = f"SKU{n}{r['type']}".upper()
        return json.dumps({
            "product": {"productFamily": "Compute Instance", "sku": sku, "attributes": {
                "servicecode": "AmazonEC2", "instanceType": r["type"], "regionCode": DATA["region"], "operatingSystem": r["system"],
                "tenancy": r.get("tenancy", "Shared"), "preInstalledSw": "NA", "capacitystatus": "Used", "marketoption": "OnDemand",
                "licenseModel": r.get("licence", "No License required")}},
            "serviceCode": "AmazonEC2", "version": "20260709000000", "publicationDate": "2026-07-09T00:00:00Z",
            "terms": {"OnDemand": {sku + ".JRTCKXETXF": {"sku": sku, "offerTermCode": "JRTCKXETXF", "priceDimensions": {
                sku + ".JRTCKXETXF.6YS6EN2CT7": {"unit": "Hrs", "beginRange": "0", "endRange": "Inf",
                                                 "pricePerUnit": {"USD": r["price"]}}}}},
                "Reserved": {sku + ".X": {"priceDimensions": {sku + ".X.1": {"unit": "Quantity", "pricePerUnit": {"USD": "494"}}}}}}})
    answer = {"FormatVersion": "aws_v1", "PriceList": [product(n, r) for n, r in enumerate(rows)]}
    return json.dumps({**answer, **({"NextToken": token} if token else {})})


class Handler(Fake):
    def answer(self, status, body, kind="text/xml;charset=UTF-8", length=None, headers=()):
        super().answer(status, body, kind, length, headers)

    def do_POST(self):
        raw = self.take()
        target = self.headers.get("X-Amz-Target")
        form = {} if target else dict(urllib.parse.parse_qsl(raw.decode(), keep_blank_values=True))
        action = target.split(".")[1] if target else form.get("Action", "")
        self.note(action, raw)
        self.scales = form.get("Version") == "2011-01-01"
        fault = self.due_fault(action)
        if fault and self.meet(fault, action, target):
            return
        if action == "GetProducts":
            return self.answer(200, products(json.loads(raw)), "application/x-amz-json-1.1")
        known = {"DescribeSpotPriceHistory": spot, "DescribeInstanceTypes": types}
        if action in known:
            body = known[action](form)
        elif hasattr(Groups, action) and action[0].isupper():
            try:
                body = scaling(action, GROUPS.call(action, form))
            except Wrong as wrong:
                return self.refuse(400, wrong.code, str(wrong), target)
        else:
            return self.refuse(400, "InvalidAction", "The action is not valid for this web service.", target)
        if fault.get("fault") == "lost":  # done, and half an answer
            return self.answer(200, body[:40], length=len(body))
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            return self.answer(200, gzip.compress(body.encode()), headers=[("Content-Encoding", "gzip")])
        return self.answer(200, body)

    def refuse(self, status, code, message, target, headers=()):
        if target:
            return self.answer(status, json.dumps({"__type": "com.amazonaws.pricing#" + code, "Message": message}),
                               "application/x-amz-json-1.1", headers=headers)
        if self.scales:
            return self.answer(status, '<ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><Error><Type>Sender</Type>'
                               f"<Code>{code}</Code><Message>{escape(message)}</Message></Error><RequestId>1</RequestId></ErrorResponse>", headers=headers)
        return self.answer(status, f"<?xml version=\"1.0\"?><Response><Errors><Error><Code>{code}</Code><Message>{escape(message)}"
                           "</Message></Error></Errors><RequestID>1</RequestID></Response>", headers=headers)

    def meet(self, fault, action, target):
        """Answers as the fault wants; False: the right answer follows."""
        name = fault["fault"]
        if name == "throttle" and self.scales:
            self.refuse(400, "Throttling", "Rate exceeded", target)
        elif name == "throttle":
            self.refuse(503 if not target else 400, "RequestLimitExceeded" if not target else "ThrottlingException",
                        "Request limit exceeded.", target, [("Retry-After", str(fault["after"]))] if "after" in fault else ())
        elif name == "500":
            self.answer(500, "<html>oops</html>", "text/html")
        elif name == "refused":
            # AWS tells what it would have signed: all headers, with the session token.
            self.shift = fault.get("shift", 0)
            seen = " ".join(f"{k}:{v}" for k, v in self.headers.items())
            self.refuse(403, fault.get("code", "SignatureDoesNotMatch"), fault.get("message", "The signature does not match. ") + seen, target)
        elif name == "garbage":
            self.answer(200, fault.get("body", "<a><b></a>"))
        elif name == "half":
            self.answer(200, b"<?xml version='1.0'?><Descr", length=4000)
        elif name == "huge":
            self.answer(200, b"x" * fault["bytes"])
        elif name == "redirect":
            self.answer(307, "", headers=[("Location", fault["to"])])
        elif name == "endless":
            self.answer(200, xml(action, "", "0"))
        elif name == "lost":
            return False
        elif name == "error":
            self.refuse(fault.get("status", 400), fault["code"], fault["message"], target)
        elif name == "slow":
            time.sleep(fault["seconds"])
            return False
        return True


serve(Handler, FOLDER)
