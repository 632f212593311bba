"""Where CloudFront sends each path, and what it keeps."""

from urllib.parse import urlsplit

from app.storage import EXPIRY_DAYS
from tests.deploy.cloudformation import Stack
from tests.deploy.cloudfront import (
    PICTURES,
    SITE,
    behaviour,
    distribution,
    origin,
    picture_distributions,
    rewrite,
)
from tests.deploy.defects import CDN, CONTAINER, Defect, drop, put, spell, variable
from tests.deploy.parts import generated_domain, pictures_domain, site_domain
from tests.deploy.service import KEYS, NAME, application, configuration, storage

_MANAGED = {
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": "CachingDisabled",
    "658327ea-f89d-4fab-a63d-7e88639e58f6": "CachingOptimized",
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
    "b689b0a8-53d0-40ab-baf2-68738e2966ac": "AllViewerExceptHostHeader",
}


def api_is_passed_on_whole(stack: Stack) -> None:
    """CloudFront passes on every route of the service, uncached, with methods and headers, but the page's own."""
    routes = [rule for rule in application(stack).url_map.iter_rules() if not rule.endpoint.startswith("frontend.")]
    assert len(routes) >= 8
    # There is the page's file, so nothing may be sent there (docs/deployment.md).
    assert behaviour(stack, "/")["AllowedMethods"] == ["GET", "HEAD"]
    for rule in routes:
        if rule.rule == "/":
            continue
        meant = behaviour(stack, rule.rule)
        assert meant["TargetOriginId"] == "api", rule
        if rule.endpoint.startswith(("pages.", "gallery.")):
            assert meant["CachePolicyId"] == "SharedPageCache", rule
        else:
            assert _MANAGED.get(meant["CachePolicyId"]) == "CachingDisabled", rule
        assert _MANAGED.get(meant.get("OriginRequestPolicyId", "")) == "AllViewerExceptHostHeader", rule
        assert set(meant["AllowedMethods"]) >= set(rule.methods or ()), rule
        assert rewrite(stack, [rule.rule]) == [rule.rule]
    # It would replace the API's 404 by the page as well.
    assert not distribution(stack).get("CustomErrorResponses")


def pages_are_kept_as_long_as_they_say(stack: Stack) -> None:
    """The service says how long a page may be kept: CloudFront adds nothing, whatever the link has behind a `?`."""
    for path in (f"/p/{KEYS[0]}", "/a/7d-9f0c6a52-7d1e-4c1b-9f3e-2a6f0e9d4c11"):
        meant = behaviour(stack, path)
        assert (meant["Compress"], meant["CachePolicyId"]) == (True, "SharedPageCache")
    policy = stack["SharedPageCache"]["CachePolicyConfig"]
    assert (policy["MinTTL"], policy["DefaultTTL"]) == (0, 0)
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    assert key["HeadersConfig"] == {"HeaderBehavior": "none"}
    assert key["EnableAcceptEncodingGzip"] is key["EnableAcceptEncodingBrotli"] is True


def service_answers_to_the_host_that_cloudfront_sends(stack: Stack) -> None:
    client = application(stack).test_client()
    # AllViewerExceptHostHeader makes CloudFront send the origin's own name.
    asked = {host: client.get("/version", headers={"Host": host}).status_code for host in (_sent(stack), "evil.test")}
    assert asked == {_sent(stack): 200, "evil.test": 421}
    # The load balancer checks each task by its address.
    path = stack["TargetGroup"]["HealthCheckPath"]
    assert client.get(path, headers={"Host": "10.0.3.17:8000"}).status_code == 200


def page_is_every_other_path(stack: Stack) -> None:
    files = ["/index.html", "/favicon.svg", "/manifest.json", "/share.js", "/assets/index-DOVcfo3V.js", "/a.b/c.css"]
    files.append("/assets/decoder-BBHK6Xtp.js")
    paths = ["/", "/delete", "/apps", "/history", "/b/c/d", "/a.b/c", "/a", "/i"]
    assert {behaviour(stack, path)["TargetOriginId"] for path in files + paths} == {"page"}
    assert rewrite(stack, files + paths) == files + ["/index.html"] * len(paths)
    assert rewrite(stack, ["/reference"]) == ["/reference.html"]
    default = distribution(stack)["DefaultCacheBehavior"]
    assert default["Compress"] is True
    assert _MANAGED[default["CachePolicyId"]] == "CachingOptimized"


def links_lead_to_their_pictures(stack: Stack) -> None:
    made = [urlsplit(storage(stack).links.public_url(key)) for key in KEYS]
    if stack.parameters["PictureAccess"] == "public-read" and not stack.parameters["PicturesDomain"]:
        assert {link.netloc for link in made} == {stack.attribute("PictureBucket", "RegionalDomainName")}
        assert [link.path for link in made] == [f"/uploads/{key}" for key in KEYS]
    else:
        assert {link.netloc for link in made} == {pictures_domain(stack)}
        assert [link.path for link in made] == [f"/i/{key}" for key in KEYS]
    # Old links still work, also if new ones name the bucket or a host of their own.
    paths = [f"/i/{key}" for key in KEYS]
    for name in picture_distributions(stack):
        assert {behaviour(stack, path, name)["TargetOriginId"] for path in paths} == {"pictures"}
        assert rewrite(stack, paths, name) == [f"/uploads/{key}" for key in KEYS]


def old_links_are_known(stack: Stack) -> None:
    """`images delete` takes every link that was ever handed out, whatever the address of new ones is."""
    links = storage(stack).links
    bases = {
        f"https://{site_domain(stack)}/i",
        f"https://{stack.attribute('PictureBucket', 'RegionalDomainName')}/uploads",
    }
    for base in {*bases, stack.outputs["PublicBaseUrl"]}:
        assert [links.find_key(f"{base}/{key}") for key in KEYS] == KEYS


def pictures_have_a_host_of_their_own_where_asked(stack: Stack) -> None:
    domain = stack.parameters["PicturesDomain"]
    assert (PICTURES in stack.resources) == bool(domain)
    assert "PicturesDistributionId" in stack.outputs or not domain
    if domain:
        config = distribution(stack, PICTURES)
        assert config["Enabled"] is True
        assert config["Aliases"] == [domain]
        assert {each["Id"] for each in config["Origins"]} == {"pictures"}
        # Else a picture's host would be the page's as well.
        assert domain not in distribution(stack).get("Aliases", [])
        assert configuration(stack).site_url == f"https://{site_domain(stack)}"
        paths = [
            "/",
            "/index.html",
            "/uploads/init",
            "/health",
            "/version",
            "/openapi.json",
            "/share.js",
            "/assets/x.js",
        ]
        assert rewrite(stack, paths, PICTURES) == [404] * len(paths)


def nothing_but_pictures_leaves(stack: Stack) -> None:
    name = f"/i/{NAME}"
    paths = [
        *(f"{name}.{extension}" for extension in ("html", "htm", "svg", "xml", "js", "pdf", "PNG", "png.html", "pngx")),
        *(name, f"{name}.", f"{name}.png/", f"{name}.png/x.png", f"{name}.html?.png", f"{name}.html%3f.png"),
        *("/i/", "/i/.png", "/i//x.png", "/i/../incoming/x.png", "/i/..%2fincoming%2fx.png", "/i/%2e%2e/x.png"),
        *("/i/incoming/x.png", "/i/uploads/x.png", "/i/2d/x.png", "/i/7d/7d/x.png", "/i/7d/", "/i/7dx.png/a.png"),
        *("/i/x.png\n", "/i/7d/.png", "/i/a/i/x.png"),
    ]
    for name in picture_distributions(stack):
        answers = dict(zip(paths, rewrite(stack, paths, name), strict=True))
        assert {path: answer for path, answer in answers.items() if answer != 404} == {}


def pictures_are_cached_for_a_day(stack: Stack) -> None:
    meant, *others = (behaviour(stack, f"/i/{NAME}.png", name) for name in picture_distributions(stack))
    # From each host the same, with the same headers.
    assert all({**other, "PathPattern": "/i/*"} == meant for other in others)
    assert sorted(meant["AllowedMethods"]) == ["GET", "HEAD"]
    policy = stack[meant["CachePolicyId"]]["CachePolicyConfig"]
    day = 24 * 60 * 60
    assert policy["MinTTL"] <= policy["DefaultTTL"] <= policy["MaxTTL"] == day == min(EXPIRY_DAYS.values()) * day
    forwarded = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert forwarded["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    assert forwarded["CookiesConfig"] == {"CookieBehavior": "none"}
    assert forwarded["HeadersConfig"] == {"HeaderBehavior": "none"}


def buckets_are_read_with_our_signature(stack: Stack) -> None:
    # The template spells the name in both places: two references would be a cycle.
    pictures = stack.attribute("PictureBucket", "RegionalDomainName")
    expected = {(name, f"/i/{NAME}.png"): pictures for name in picture_distributions(stack)}
    expected[SITE, "/"] = stack.attribute("PageBucket", "RegionalDomainName")
    for (name, path), host in expected.items():
        meant = origin(stack, path, name)
        assert meant["DomainName"] == host
        assert meant["S3OriginConfig"] == {"OriginAccessIdentity": ""}
        access = stack[meant.get("OriginAccessControlId", "none")]["OriginAccessControlConfig"]
        assert access["SigningBehavior"] == "always"
        assert (access["SigningProtocol"], access["OriginAccessControlOriginType"]) == ("sigv4", "s3")


def addresses_agree(stack: Stack) -> None:
    config = configuration(stack)
    assert config.site_url == stack.outputs["SiteUrl"] == f"https://{site_domain(stack)}"
    assert config.public_base_url == stack.outputs["PublicBaseUrl"]
    wanted = stack.parameters
    zones = {
        wanted[zone]: (wanted[domain], generated_domain(stack, name))
        for zone, domain, name in (
            ("HostedZoneId", "DomainName", SITE),
            ("PicturesHostedZoneId", "PicturesDomain", PICTURES),
        )
        if wanted[zone] and wanted[domain]
    }
    records = stack.of_type("AWS::Route53::RecordSetGroup").values()
    assert {group["HostedZoneId"] for group in records} == zones.keys()
    for group in records:
        domain, target = zones[group["HostedZoneId"]]
        assert [(record["Name"], record["Type"]) for record in group["RecordSets"]] == [(domain, "A"), (domain, "AAAA")]
        assert {record["AliasTarget"]["DNSName"] for record in group["RecordSets"]} == {target}


def uploads_are_limited_where_asked(stack: Stack) -> None:
    limit = int(stack.parameters["WafRateLimit"])
    if not limit or stack.region != "us-east-1":
        assert "WebACLId" not in distribution(stack)
        assert stack.outputs["WebAcl"].startswith("none")
        assert ("us-east-1" in stack.outputs["WebAcl"]) == bool(limit)
        return
    assert distribution(stack).get("WebACLId") == "WebAcl.Arn"
    assert stack["WebAcl"]["Scope"] == "CLOUDFRONT"
    (rule,) = stack["WebAcl"]["Rules"]
    assert rule["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
    counted = rule["Statement"]["RateBasedStatement"]
    assert (int(counted["Limit"]), counted["AggregateKeyType"]) == (limit, "IP")


def _sent(stack: Stack) -> str:
    return str(origin(stack, "/uploads/init")["DomainName"])


UPLOADS = f"{CDN}/CacheBehaviors/1"

DEFECTS = [
    Defect(
        "API cached",
        api_is_passed_on_whole,
        spell(UPLOADS, "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "658327ea-f89d-4fab-a63d-7e88639e58f6"),
    ),
    Defect("no POST", api_is_passed_on_whole, put(f"{UPLOADS}/AllowedMethods", ["GET", "HEAD", "OPTIONS"])),
    Defect("a route of the API is the page", api_is_passed_on_whole, drop(f"{CDN}/CacheBehaviors/5")),
    Defect("programs find the page", api_is_passed_on_whole, drop(f"{CDN}/CacheBehaviors/2")),
    Defect("pattern too narrow", api_is_passed_on_whole, put(f"{CDN}/CacheBehaviors/5/PathPattern", "/health")),
    Defect("uploads of the page alone", api_is_passed_on_whole, put(f"{UPLOADS}/PathPattern", "/uploads*")),
    Defect(
        "the page's bucket takes what is sent",
        api_is_passed_on_whole,
        put(f"{CDN}/DefaultCacheBehavior/AllowedMethods", ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]),
    ),
    Defect(
        "pages of pictures outlive them",
        pages_are_kept_as_long_as_they_say,
        put("SharedPageCache/CachePolicyConfig/MinTTL", 60),
    ),
    Defect(
        "pages of pictures kept where nobody says how long",
        pages_are_kept_as_long_as_they_say,
        put("SharedPageCache/CachePolicyConfig/DefaultTTL", 3600),
    ),
    Defect(
        "pages of albums are not packed",
        pages_are_kept_as_long_as_they_say,
        put(f"{CDN}/CacheBehaviors/4/CachePolicyId", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"),
    ),
    Defect("albums are the page", api_is_passed_on_whole, drop(f"{CDN}/CacheBehaviors/3")),
    Defect("pages of albums are the page", api_is_passed_on_whole, drop(f"{CDN}/CacheBehaviors/4")),
    Defect("pages of pictures are the page", api_is_passed_on_whole, drop(f"{CDN}/CacheBehaviors/10")),
    Defect("oEmbed is the page", api_is_passed_on_whole, drop(f"{CDN}/CacheBehaviors/11")),
    Defect("headers not passed on", api_is_passed_on_whole, drop(f"{UPLOADS}/OriginRequestPolicyId")),
    Defect(
        "404 of the API becomes the page",
        api_is_passed_on_whole,
        put(
            f"{CDN}/CustomErrorResponses", [{"ErrorCode": 404, "ResponseCode": 200, "ResponsePagePath": "/index.html"}]
        ),
    ),
    Defect("/delete not found", page_is_every_other_path, drop(f"{CDN}/DefaultCacheBehavior/FunctionAssociations/0")),
    Defect(
        "assets become the page",
        page_is_every_other_path,
        spell("PageFunction/FunctionCode", "!request.uri.split('/').pop().includes('.')", "true"),
    ),
    Defect("page sent as it is", page_is_every_other_path, put(f"{CDN}/DefaultCacheBehavior/Compress", False)),
    Defect(
        "function maps to another prefix",
        links_lead_to_their_pictures,
        spell("PictureFunction/FunctionCode", "'/uploads/'", "'/incoming/'"),
    ),
    Defect(
        "function forgets an expiry",
        links_lead_to_their_pictures,
        spell("PictureFunction/FunctionCode", r"|30d\/", ""),
    ),
    Defect(
        "function forgets a type",
        links_lead_to_their_pictures,
        spell("PictureFunction/FunctionCode", "|avif", ""),
    ),
    Defect("links under another path", links_lead_to_their_pictures, spell(f"{CONTAINER}/Environment", "/i", "/img")),
    Defect(
        "links name the closed bucket",
        links_lead_to_their_pictures,
        variable("PUBLIC_BASE_URL", None),
    ),
    Defect(
        "public links without uploads/",
        links_lead_to_their_pictures,
        spell(f"{CONTAINER}/Environment", ".com/uploads", ".com"),
        "public-read",
    ),
    Defect(
        "function not attached",
        nothing_but_pictures_leaves,
        put(f"{CDN}/CacheBehaviors/0/FunctionAssociations", []),
    ),
    Defect(
        "HTML gets through",
        nothing_but_pictures_leaves,
        spell("PictureFunction/FunctionCode", "jpg|", "jpg|html|"),
    ),
    Defect(
        "SVG gets through",
        nothing_but_pictures_leaves,
        spell("PictureFunction/FunctionCode", "jpg|", "jpg|svg|"),
    ),
    Defect(
        "pattern without its end",
        nothing_but_pictures_leaves,
        spell("PictureFunction/FunctionCode", ")$/", ")/"),
    ),
    Defect(
        "a week at the edge",
        pictures_are_cached_for_a_day,
        put("PictureCache/CachePolicyConfig/MaxTTL", 604800),
    ),
    Defect(
        "each query its own copy",
        pictures_are_cached_for_a_day,
        put(
            "PictureCache/CachePolicyConfig/ParametersInCacheKeyAndForwardedToOrigin/QueryStringsConfig",
            {"QueryStringBehavior": "all"},
        ),
    ),
    Defect(
        "another bucket's name",
        buckets_are_read_with_our_signature,
        spell(f"{CDN}/Origins/1/DomainName", "-pictures-", "-images-"),
    ),
    Defect(
        "unsigned reads",
        buckets_are_read_with_our_signature,
        put("BucketAccess/OriginAccessControlConfig/SigningBehavior", "never"),
    ),
    Defect(
        "hosts of the service without the load balancer's",
        service_answers_to_the_host_that_cloudfront_sends,
        variable("ALLOWED_HOSTS", None),
    ),
    Defect(
        "hosts of the service without the name of a public load balancer",
        service_answers_to_the_host_that_cloudfront_sends,
        variable("ALLOWED_HOSTS", {"Fn::GetAtt": ["Alb", "DNSName"]}),
        "public load balancer",
    ),
    Defect(
        "health check of what asks for a host",
        service_answers_to_the_host_that_cloudfront_sends,
        put("TargetGroup/HealthCheckPath", "/version"),
    ),
    Defect(
        "delete links to the generated name",
        addresses_agree,
        variable("SITE_URL", {"Fn::Sub": "https://${Distribution.DomainName}"}),
        "own domain",
    ),
    Defect(
        "records of pictures lead to the site",
        addresses_agree,
        spell("PicturesRecords/RecordSets", "PicturesDistribution", "Distribution"),
        "pictures apart",
    ),
    Defect(
        "new links to the old host",
        links_lead_to_their_pictures,
        spell(f"{CONTAINER}/Environment", "HasPicturesDomain", "IsPublic"),
        "pictures apart",
    ),
    Defect(
        "old links die with the first on a new host",
        links_lead_to_their_pictures,
        drop(f"{CDN}/CacheBehaviors/0"),
        "pictures apart",
    ),
    Defect("site's links unknown", old_links_are_known, variable("SITE_URL", "https://x.test"), "pictures apart"),
    Defect(
        "the pictures' host is the page's as well",
        pictures_have_a_host_of_their_own_where_asked,
        put(f"{CDN}/Aliases", [{"Ref": "PicturesDomain"}]),
        "pictures apart",
    ),
    Defect(
        "the pictures' host serves whatever is asked for",
        nothing_but_pictures_leaves,
        drop("PicturesDistribution/DistributionConfig/DefaultCacheBehavior/FunctionAssociations"),
        "pictures apart",
    ),
    Defect(
        "the pictures' host has headers of the page",
        pictures_are_cached_for_a_day,
        spell(
            "PicturesDistribution/DistributionConfig/DefaultCacheBehavior/ResponseHeadersPolicyId",
            "PictureHeaders",
            "PageHeaders",
        ),
        "pictures apart",
    ),
    Defect(
        "the pictures' host reads unsigned",
        buckets_are_read_with_our_signature,
        drop("PicturesDistribution/DistributionConfig/Origins/0/OriginAccessControlId"),
        "pictures apart",
    ),
    Defect("web ACL attached to nothing", uploads_are_limited_where_asked, drop(f"{CDN}/WebACLId"), "watched"),
]
