"""Both buckets: what they keep, who reads them, and what a browser may write."""

from tests.deploy import iam
from tests.deploy.cloudformation import ACCOUNT, Stack
from tests.deploy.cloudfront import SITE, picture_distributions
from tests.deploy.defects import Defect, drop, put, spell
from tests.deploy.parts import outlives_the_stack, picture_arn, picture_policy, task_may
from tests.deploy.service import KEYS, NAME, actions, bucket, configuration, storage


def picture_bucket_is_kept_and_plain(stack: Stack) -> None:
    made = stack["PictureBucket"]
    assert made.get("OwnershipControls") == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    (encryption,) = made["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    # Either would keep what was deleted.
    assert "VersioningConfiguration" not in made
    assert "ObjectLockConfiguration" not in made
    assert outlives_the_stack(stack, "PictureBucket")


def pictures_expire_as_promised(stack: Stack) -> None:
    rules = stack["PictureBucket"]["LifecycleConfiguration"]["Rules"]
    assert all(rule["Status"] == "Enabled" for rule in rules)
    expiring = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}
    assert expiring == {rule["Filter"]["Prefix"]: rule["Expiration"]["Days"] for rule in bucket().lifecycle}
    # A rule of its own: with a prefix it would miss uploads elsewhere.
    (abort,) = [rule for rule in rules if "AbortIncompleteMultipartUpload" in rule]
    assert abort.keys() == {"Id", "Status", "AbortIncompleteMultipartUpload"}


def browsers_may_upload(stack: Stack) -> None:
    (rule,) = stack["PictureBucket"]["CorsConfiguration"]["CorsRules"]
    meant = bucket().cors
    assert meant["AllowedOrigins"] == ["https://page.test"]
    assert sorted(rule["AllowedOrigins"]) == configuration(stack).page_origins
    assert sorted(rule["AllowedMethods"]) == sorted(meant["AllowedMethods"])
    assert sorted(rule["AllowedHeaders"]) == sorted(meant["AllowedHeaders"])
    assert (rule["ExposedHeaders"], rule["MaxAge"]) == (meant["ExposeHeaders"], meant["MaxAgeSeconds"])
    signed = storage(stack).sign_upload(KEYS[0], "image/jpeg", 7, sha256="eA==")
    assert {name.lower() for name in signed.headers} <= set(rule["AllowedHeaders"])
    assert "PUT" in rule["AllowedMethods"]


def cloudfront_reads_published_pictures_alone(stack: Stack) -> None:
    us = f"arn:aws:cloudfront::{ACCOUNT}:distribution/{stack.ref(SITE)}"
    other = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E2"
    service, page = "cloudfront.amazonaws.com", stack["PageBucketPolicy"]["PolicyDocument"]["Statement"]

    def may(action: str, key: str, source: str = us, secure: str = "true") -> bool:
        context = {"aws_SourceArn": source, "aws_SecureTransport": secure}
        return iam.allows(picture_policy(stack), action, picture_arn(stack, key), principal=service, **context)

    for name in picture_distributions(stack):
        source = f"arn:aws:cloudfront::{ACCOUNT}:distribution/{stack.ref(name)}"
        assert all(may("s3:GetObject", f"uploads/{key}", source) for key in KEYS)
    assert not may("s3:GetObject", f"uploads/{NAME}.png", secure="false")
    assert not may("s3:GetObject", f"incoming/{NAME}.png")
    assert not any(may(action, f"uploads/{NAME}.png") for action in actions() - {"s3:GetObject"})
    assert not any(may(action, "") for action in actions())
    public = stack.parameters["PictureAccess"] == "public-read"
    assert may("s3:GetObject", f"uploads/{NAME}.png", source=other) == public
    index = f"{stack.attribute('PageBucket', 'Arn')}/index.html"
    for source, secure, expected in ((us, "true", True), (other, "true", False), (us, "false", False)):
        context = {"aws_SourceArn": source, "aws_SecureTransport": secure}
        assert iam.allows(page, "s3:GetObject", index, principal=service, **context) == expected
    for meant in ("PictureBucketPolicy", "PageBucketPolicy"):
        assert stack[meant]["Bucket"] == stack.ref(meant.removesuffix("Policy"))


def pictures_are_as_public_as_asked(stack: Stack) -> None:
    def may(action: str, key: str) -> bool:
        return iam.allows(
            picture_policy(stack), action, picture_arn(stack, key), principal="anonymous", aws_SecureTransport="true"
        )

    public = stack.parameters["PictureAccess"] == "public-read"
    flags = stack["PictureBucket"]["PublicAccessBlockConfiguration"]
    assert flags["BlockPublicAcls"] is flags["IgnorePublicAcls"] is True
    # If these are on, S3 refuses a public policy, or everybody but the owner.
    assert flags["BlockPublicPolicy"] is flags["RestrictPublicBuckets"] is (not public)
    assert all(may("s3:GetObject", f"uploads/{key}") == public for key in KEYS)
    assert not may("s3:GetObject", f"incoming/{NAME}.png")
    assert not any(may(action, f"uploads/{NAME}.png") for action in actions() - {"s3:GetObject"})
    assert not any(may(action, "") for action in actions())
    page = stack["PageBucketPolicy"]["PolicyDocument"]["Statement"]
    assert not iam.allows(page, "s3:GetObject", stack.attribute("PageBucket", "Arn") + "/x", principal="anonymous")
    assert set(stack["PageBucket"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(stack["PageBucket"]["PublicAccessBlockConfiguration"]) == 4


def plain_http_is_refused(stack: Stack) -> None:
    for action, key in [*bucket().uses, ("s3:GetBucketCORS", "")]:
        assert not task_may(stack, action, picture_arn(stack, key), aws_SecureTransport="false")
        statements = picture_policy(stack)
        for principal in ("anonymous", "cloudfront.amazonaws.com"):
            assert iam.denies(
                statements, action, picture_arn(stack, key), principal=principal, aws_SecureTransport="false"
            )


def old_signatures_are_refused(stack: Stack) -> None:
    arn = picture_arn(stack, f"incoming/{NAME}.png")
    longest = 600_000
    assert task_may(stack, "s3:PutObject", arn, s3_signatureAge=str(longest))
    assert not task_may(stack, "s3:PutObject", arn, s3_signatureAge=str(longest + 1))


POLICY = "PictureBucketPolicy/PolicyDocument/Statement"
CORS = "PictureBucket/CorsConfiguration/CorsRules/0"
RULES = "PictureBucket/LifecycleConfiguration/Rules"

DEFECTS = [
    Defect(
        "versioning on",
        picture_bucket_is_kept_and_plain,
        put("PictureBucket/VersioningConfiguration", {"Status": "Enabled"}),
    ),
    Defect(
        "pictures die with the stack",
        picture_bucket_is_kept_and_plain,
        put("PictureBucket/DeletionPolicy", "Delete"),
    ),
    Defect(
        "a failed creation leaves the bucket's name taken",
        picture_bucket_is_kept_and_plain,
        put("PictureBucket/DeletionPolicy", "Retain"),
    ),
    Defect("ACLs on", picture_bucket_is_kept_and_plain, drop("PictureBucket/OwnershipControls")),
    Defect("expiry a day off", pictures_expire_as_promised, put(f"{RULES}/2/ExpirationInDays", 8)),
    Defect("expiry of every picture", pictures_expire_as_promised, put(f"{RULES}/1/Prefix", "uploads/")),
    Defect("staged pictures stay", pictures_expire_as_promised, put(f"{RULES}/0/Status", "Disabled")),
    Defect("multipart only under incoming/", pictures_expire_as_promised, put(f"{RULES}/7/Prefix", "incoming/")),
    Defect("CORS header missing", browsers_may_upload, drop(f"{CORS}/AllowedHeaders/1")),
    Defect("CORS method missing", browsers_may_upload, drop(f"{CORS}/AllowedMethods/0")),
    Defect("CORS for everybody", browsers_may_upload, put(f"{CORS}/AllowedOrigins", ["*"])),
    Defect("CORS by http", browsers_may_upload, spell(f"{CORS}/AllowedOrigins", "https://", "http://")),
    Defect(
        "CORS without the other sites",
        browsers_may_upload,
        put(f"{CORS}/AllowedOrigins", {"Fn::Split": [",", {"Fn::Sub": "https://${Distribution.DomainName}"}]}),
        "private instance",
    ),
    Defect("ETag hidden", browsers_may_upload, drop(f"{CORS}/ExposedHeaders/0")),
    Defect(
        "any distribution reads",
        cloudfront_reads_published_pictures_alone,
        drop(f"{POLICY}/2/Condition"),
    ),
    Defect(
        "the pictures' own distribution may not read",
        cloudfront_reads_published_pictures_alone,
        drop(f"{POLICY}/2/Condition/StringEquals/aws:SourceArn/1"),
        "pictures apart",
    ),
    Defect(
        "staged pictures readable",
        cloudfront_reads_published_pictures_alone,
        spell(f"{POLICY}/2", "/uploads/*", "/*"),
    ),
    Defect(
        "CloudFront may list",
        cloudfront_reads_published_pictures_alone,
        put(f"{POLICY}/2/Resource", {"Fn::GetAtt": ["PictureBucket", "Arn"]}),
    ),
    Defect(
        "block flags off with OAC",
        pictures_are_as_public_as_asked,
        put("PictureBucket/PublicAccessBlockConfiguration/RestrictPublicBuckets", False),
    ),
    Defect(
        "block flags on with public-read",
        pictures_are_as_public_as_asked,
        put("PictureBucket/PublicAccessBlockConfiguration/BlockPublicPolicy", True),
        "public-read",
    ),
    Defect(
        "public whatever was asked",
        pictures_are_as_public_as_asked,
        spell(f"{POLICY}/3", "IsPublicRead", "HasImage"),
    ),
    Defect(
        "staged pictures public",
        pictures_are_as_public_as_asked,
        spell(f"{POLICY}/3", "/uploads/*", "/*"),
        "public-read",
    ),
    Defect("plain http", plain_http_is_refused, drop(f"{POLICY}/0")),
    Defect(
        "plain http to the bucket itself",
        plain_http_is_refused,
        drop(f"{POLICY}/0/Resource/0"),
    ),
    Defect("signatures of a week", old_signatures_are_refused, drop(f"{POLICY}/1")),
    Defect("signature age in seconds", old_signatures_are_refused, spell(f"{POLICY}/1", "600000", "600")),
]
