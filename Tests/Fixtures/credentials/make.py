#!/usr/bin/env python3
"""Makes the signed files of this folder: make.py OUT   (needs Pillow, c2pa-python 0.38 and cryptography)

The certificates are made up on the spot and trusted by nobody; what each file says is written beside it by
c2pa-python's own reader. Signatures differ from run to run: never make them anew to let a test pass."""
import datetime, io, json, os, sys
import c2pa
from PIL import Image
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

OUT = sys.argv[1]


def name(organization, common_name):
    return x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organization),
                      x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def certificate(subject, issuer, key, signing_key, is_authority):
    start = datetime.datetime(2026, 1, 1)
    key_usage = dict.fromkeys(['digital_signature', 'content_commitment', 'key_encipherment', 'data_encipherment',
                               'key_agreement', 'key_cert_sign', 'crl_sign', 'encipher_only', 'decipher_only'], False)
    key_usage['key_cert_sign' if is_authority else 'digital_signature'] = True
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
               .serial_number(x509.random_serial_number()).not_valid_before(start)
               .not_valid_after(start + datetime.timedelta(days=7300))
               .add_extension(x509.BasicConstraints(is_authority, None), True)
               .add_extension(x509.KeyUsage(**key_usage), True)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), False))
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
    return builder.sign(signing_key, hashes.SHA256())


authority, holder = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
authority_name, holder_name = name('Trust Nobody Ltd', 'Test Authority'), name('Grün & Söhne', 'Picture Signer')
pem = serialization.Encoding.PEM
chain = (certificate(holder_name, authority_name, holder, authority, False).public_bytes(pem)
         + certificate(authority_name, authority_name, authority, authority, True).public_bytes(pem))
key = holder.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

drawing = Image.new('RGB', (16, 12), (200, 120, 40))
for path, kind, version, padding in [('signed.png', 'PNG', 2, 0), ('signed.jpg', 'JPEG', 2, 0),
                                     ('signed.webp', 'WEBP', 2, 0), ('signed-v1.png', 'PNG', 1, 0),
                                     ('signed-long.jpg', 'JPEG', 2, 70_000)]:
    source, target = io.BytesIO(), io.BytesIO()
    drawing.save(source, kind)
    source.seek(0)
    definition = {'claim_version': version, 'title': path,
                  'claim_generator_info': [{'name': 'Test Painter', 'version': '1.5'}],
                  'assertions': [{'label': 'c2pa.actions', 'data': {'actions': [
                      {'action': 'c2pa.created', 'digitalSourceType':
                       'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia'}]}}]}
    if padding: definition['assertions'].append({'label': 'org.example.padding', 'data': {'zeros': '0' * padding}})
    info = c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, chain, key, None)
    mime = f'image/{kind.lower()}'
    with c2pa.Signer.from_info(info) as signer, c2pa.Builder(definition) as builder:
        builder.sign(signer, mime, source, target)
    target.seek(0)
    report = json.loads(c2pa.Reader(mime, target).json())
    manifest = report['manifests'][report['active_manifest']]
    with open(os.path.join(OUT, path), 'wb') as file: file.write(target.getvalue())
    with open(os.path.join(OUT, path + '.json'), 'w') as file:
        json.dump({'generator': manifest.get('claim_generator_info') or manifest.get('claim_generator'),
                   'signature': manifest['signature_info']}, file, indent=1, sort_keys=True, ensure_ascii=False)
        file.write('\n')
