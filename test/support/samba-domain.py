"""Makes the files of a domain: sys.argv[1] is the folder, stdin holds the administrator's password. Unlike `samba-tool domain provision` it needs no file server, and it sets the domain up for
tests: passwords of any kind, and a user `rotation` who may reset those of the users in OU=Services, and nothing else."""
import logging
import os
import sys

import ldb
from samba import sd_utils
from samba.auth import system_session
from samba.dcerpc import security
from samba.dsdb import DS_DOMAIN_FUNCTION_2003
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.provision import provision
from samba.samdb import SamDB

RESET_PASSWORD = "00299570-246d-11d0-a768-00aa006e0529"
USER = "bf967aba-0de6-11d0-a285-00aa003049e2"

folder = sys.argv[1]
configuration = os.path.join(folder, "smb.conf")
password = sys.stdin.read()

lp = LoadParm()
lp.load(configuration)
provision(
    logging.getLogger("provision"),
    system_session(),
    smbconf=configuration,
    realm=lp.get("realm"),
    domain=lp.get("workgroup"),
    hostname=lp.get("netbios name").lower(),
    hostip="127.0.0.1",
    adminpass=password,
    dns_backend="NONE",
    serverrole="active directory domain controller",
    dom_for_fun_level=DS_DOMAIN_FUNCTION_2003,
    skip_sysvolacl=True,
    lp=lp,
)

samdb = SamDB(session_info=system_session(), lp=lp)
domain = str(samdb.domain_dn())
settings = {"minPwdLength": "0", "pwdProperties": "0", "pwdHistoryLength": "0", "minPwdAge": "0", "maxPwdAge": "0", "lockoutThreshold": "0"}
change = ldb.Message(ldb.Dn(samdb, domain))
for name, value in settings.items():
    change[name] = ldb.MessageElement([value], ldb.FLAG_MOD_REPLACE, name)
samdb.modify(change)

services = "OU=Services,%s" % domain
samdb.add({"dn": services, "objectClass": "organizationalUnit"})
samdb.newuser("rotation", "rotation-password")
[rotation] = samdb.search(domain, expression="(sAMAccountName=rotation)", attrs=["objectSid"])
sid = ndr_unpack(security.dom_sid, rotation["objectSid"][0])
sd_utils.SDUtils(samdb).dacl_add_ace(services, "(OA;CIIO;CR;%s;%s;%s)" % (RESET_PASSWORD, USER, sid))
