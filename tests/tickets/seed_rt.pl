# Seeds a Request Tracker for the ticket suites: a user with a token, queue IT, the field that holds the key.
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use RT -init;

my $user = RT::User->new(RT->SystemUser);
$user->LoadOrCreateByEmail('deskready@example.invalid');
$user->SetName('deskready');
$user->SetPrivileged(1);
my $queue = RT::Queue->new(RT->SystemUser);
$queue->Create(Name => 'IT');
$queue->Load('IT');
$user->PrincipalObj->GrantRight(Right => $_, Object => $queue)
    for qw(SeeQueue CreateTicket ShowTicket ShowTicketComments ModifyTicket ReplyToTicket CommentOnTicket
    OwnTicket SeeCustomField ModifyCustomField SetInitialCustomField DeleteTicket);
$user->PrincipalObj->GrantRight(Right => 'ManageAuthTokens', Object => RT->System);
my $field = RT::CustomField->new(RT->SystemUser);
$field->Create(
    Name => 'deskready_key', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', MaxValues => 1
);
$field->AddToObject($queue);
my ($id, $message, $token) = RT::AuthToken->new(RT->SystemUser)->Create(Owner => $user->Id, Description => 'test');
die $message unless $id;
print "TOKEN $token\n";
